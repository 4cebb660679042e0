package ops.lab.gaps;

import java.util.List;

import org.elasticsearch.Build;
import org.elasticsearch.action.admin.cluster.state.ClusterStateRequest;
import org.elasticsearch.action.admin.cluster.state.ClusterStateResponse;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;

/** GET / and HEAD /: who answers, of which cluster and version. */
final class RootHandler extends BaseRestHandler {
    private final String nodeName;

    RootHandler(String nodeName) {
        this.nodeName = nodeName;
    }

    @Override
    public String getName() {
        return "root";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        ClusterStateRequest metadata = new ClusterStateRequest(TimeValue.timeValueSeconds(5)).clear().metadata(true).local(true);
        return channel -> client.admin().cluster().state(metadata, new RestBuilderListener<>(channel) {
            @Override
            public RestResponse buildResponse(ClusterStateResponse found, XContentBuilder out) throws Exception {
                Build build = Build.current();
                out.startObject();
                out.field("name", nodeName);
                out.field("cluster_name", found.getClusterName().value());
                out.field("cluster_uuid", found.getState().metadata().clusterUUID());
                out.startObject("version")
                    .field("number", build.qualifiedVersion())
                    .field("build_flavor", build.flavor())
                    .field("build_type", build.type().displayName())
                    .field("build_hash", build.hash())
                    .field("build_date", build.date())
                    .field("build_snapshot", build.isSnapshot())
                    .field("lucene_version", IndexVersion.current().luceneVersion().toString())
                    .field("minimum_wire_compatibility_version", build.minWireCompatVersion())
                    .field("minimum_index_compatibility_version", build.minIndexCompatVersion())
                    .endObject();
                out.field("tagline", "You Know, for Search");
                out.endObject();
                return new RestResponse(RestStatus.OK, out);
            }
        });
    }
}
