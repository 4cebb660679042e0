import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.elasticsearch.bootstrap.ServerArgs;
import org.elasticsearch.common.io.stream.OutputStreamStreamOutput;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.elasticsearch.common.settings.SecureString;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;

/**
 * Does the jobs of the command-line jars that Maven Central lacks, with the public classes of the server jar:
 *   EsLaunch args HOME [-Ename=value ...] CONF ...   writes CONF/server.args, what the server reads on its stdin; where
 *                                                    settings are given CONF/server.first too, the same with these
 *   EsLaunch add CONF NAME ...                       reads one value a line on stdin and adds them to
 *                                                    CONF/elasticsearch.keystore, which it makes if need be
 *   EsLaunch list CONF                               lists the names in that keystore
 */
public final class EsLaunch {
    public static void main(String[] given) throws Exception {
        List<String> rest = List.of(given).subList(2, given.length);
        switch (given[0]) {
            case "args" -> writeArgs(absolute(given[1]), rest);
            case "add" -> addSecrets(absolute(given[1]), rest);
            case "list" -> open(absolute(given[1])).getSettingNames().stream().sorted().forEach(System.out::println);
            default -> throw new IllegalArgumentException(given[0]);
        }
    }

    private static Path absolute(String path) {
        return Path.of(path).toAbsolutePath();
    }

    private static KeyStoreWrapper open(Path conf) throws Exception {
        return KeyStoreWrapper.bootstrap(conf, () -> new SecureString(new char[0]));
    }

    private static byte[] lastBytes = new byte[0];
    private static KeyStoreWrapper lastStore;

    /** To open one takes half a second, on purpose; nodes that share their secrets have the same file. */
    private static KeyStoreWrapper openOnce(Path conf) throws Exception {
        Path file = KeyStoreWrapper.keystorePath(conf);
        byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        if (lastStore == null || Arrays.equals(bytes, lastBytes) == false) {
            lastStore = open(conf);
            lastBytes = bytes;
        }
        return lastStore;
    }

    private static void writeArgs(Path home, List<String> rest) throws Exception {
        Map<String, String> settings = new HashMap<>();
        List<Path> confs = new ArrayList<>();
        for (String word : rest) {
            if (word.startsWith("-E")) {
                String[] pair = word.substring(2).split("=", 2);
                settings.put(pair[0], pair[1]);
            } else {
                confs.add(absolute(word));
            }
        }
        Settings base = Settings.builder().put("path.home", home).build();
        String host = System.getenv().getOrDefault("HOSTNAME", "localhost");
        for (Path conf : confs) {
            writeArgs(conf, "server.args", InternalSettingsPreparer.prepareEnvironment(base, Map.of(), conf, () -> host));
            if (!settings.isEmpty()) {
                writeArgs(conf, "server.first", InternalSettingsPreparer.prepareEnvironment(base, settings, conf, () -> host));
            }
        }
    }

    /** They hold the keystore's secrets, so nobody else may read them; a reader sees the old file or the new one. */
    private static void writeArgs(Path conf, String name, Environment env) throws Exception {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        Path draft = Files.createTempFile(conf, name, null, ownerOnly);
        // Detached: the server does not take the end of its stdin for an order to stop.
        boolean detached = true;
        try (OutputStream file = Files.newOutputStream(draft); var out = new OutputStreamStreamOutput(file)) {
            new ServerArgs(detached, false, null, openOnce(conf), env.settings(), env.configDir(), env.logsDir()).writeTo(out);
        }
        Files.move(draft, conf.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void addSecrets(Path conf, List<String> names) throws Exception {
        try (KeyStoreWrapper store = open(conf)) {
            var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String name : names) {
                String value = in.readLine();
                if (value == null) {
                    throw new IOException("no value on stdin for " + name);
                }
                store.setString(name, value.toCharArray());
            }
            store.save(conf, new char[0]);
        }
    }
}
