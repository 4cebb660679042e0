// How the report looks: light and dark, on paper and on a narrow screen. It must refer to nothing outside of the file.
import { Html } from './html.ts'

export const style = new Html(`<style>
:root{color-scheme:light dark;--page:#fbfbfa;--card:#fff;--ink:#1d2126;--quiet:#5d6670;--rule:#e2e4e7;--grid:#eceef0;
--good:#1a7f4b;--good-soft:#e6f4ec;--wait:#8a6100;--wait-soft:#fdf3dc;--bad:#b3261e;--bad-soft:#fdeceb;
--waiting:#b4bbc3;--draining:#8fb8de;--down:#c8402f;--joining:#eba13c;--recovering:#4b86c6;--step:#4b86c6;
--green:#3fa06b;--yellow:#e9c34a;--red:#c8402f;--unknown:#9aa2ab;--line:#2f6db3;--pattern:rgba(255,255,255,.5);--on:#1d2126}
@media screen and (prefers-color-scheme:dark){:root{--page:#14171a;--card:#1b1f23;--ink:#e4e7ea;--quiet:#9aa4ae;--rule:#30363c;--grid:#272c31;
--good:#5ecb92;--good-soft:#14291e;--wait:#e6b84d;--wait-soft:#2b2413;--bad:#ff8a7d;--bad-soft:#321a18;
--waiting:#59626b;--draining:#4d7ca8;--down:#e2604f;--joining:#d68f2d;--recovering:#3f7fc4;--step:#3f7fc4;
--green:#2f8257;--yellow:#b8932a;--red:#d4513f;--unknown:#6b747d;--line:#6fa8e6;--pattern:rgba(0,0,0,.32);--on:#fff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1120px;margin:0 auto;padding:36px 24px 64px}
header p{margin:2px 0 0;color:var(--quiet)}
h1{font-size:24px;line-height:1.25;margin:0;font-weight:650;letter-spacing:-.01em}
h2{font-size:17px;margin:40px 0 12px;font-weight:650}
h3{font-size:14px;margin:20px 0 6px;font-weight:650}
p,ul,ol{margin:8px 0}ul,ol{padding-left:22px}
code{font:12.5px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
h1 code{font-size:19px;font-weight:400;color:var(--quiet)}
.quiet,small{color:var(--quiet)}
.verdict{margin:22px 0 0;padding:16px 20px;border-radius:10px;border:1px solid;border-left-width:6px;background:var(--soft);border-color:var(--tone)}
.verdict.good{--tone:var(--good);--soft:var(--good-soft)}.verdict.waiting{--tone:var(--wait);--soft:var(--wait-soft)}.verdict.bad{--tone:var(--bad);--soft:var(--bad-soft)}
.verdict p{margin:0;font-size:18px;font-weight:600;line-height:1.4;overflow-wrap:anywhere}
.verdict p::before{content:attr(data-mark);color:var(--tone);margin-right:10px}
.verdict dl{margin:10px 0 0;display:grid;grid-template-columns:max-content 1fr;gap:3px 16px}
.verdict dt{color:var(--quiet)}.verdict dd{margin:0;overflow-wrap:anywhere}
b.bad{color:var(--bad)}b.waiting{color:var(--wait)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(148px,1fr));gap:12px;margin:16px 0 0}
.tiles div{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:11px 15px}
.tiles dt{color:var(--quiet);font-size:13px}.tiles dd{margin:0;font-size:21px;font-weight:600;line-height:1.3}
.tiles small{display:block;font-size:13px;font-weight:400;min-height:1.3em}
.pictures{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:4px 18px 8px;overflow-x:auto}
figure{margin:14px 0 10px;min-width:720px}
figcaption,.legend{position:sticky;left:0;width:max-content;max-width:min(100%,calc(100vw - 58px))}
figcaption{font-weight:600;font-size:14px}
figcaption small{font-weight:400;margin-left:8px;font-size:13px}
figure>svg{display:block;width:100%;height:auto;margin-top:4px}
svg text{font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;fill:var(--quiet)}
.lane text{fill:var(--ink)}.lane text.small{font-size:9.5px}
.axis line{stroke:var(--grid)}.axis line.base{stroke:var(--rule)}.axis .level{stroke:var(--grid)}
.legend{list-style:none;padding:0;margin:4px 0 0;display:flex;flex-wrap:wrap;gap:2px 18px;font-size:13px;color:var(--quiet)}
.legend svg{height:13px;width:auto;vertical-align:-2px;margin-right:6px}
.span.waiting{fill:var(--waiting)}.span.draining{fill:url(#p-draining)}.span.down{fill:var(--down)}.span.joining{fill:url(#p-joining)}.span.recovering{fill:url(#p-recovering)}.span.step{fill:var(--step)}
.f-joining{fill:var(--joining)}.f-recovering{fill:var(--recovering)}.f-draining{fill:var(--draining)}.f-yellow{fill:var(--yellow)}.f-idle{fill:var(--waiting);opacity:.35}
.ink{fill:var(--pattern)}
.done{fill:none;stroke:var(--good);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
svg text.left{fill:#fff;font-weight:600}
.idle{fill:url(#p-idle)}.marks line{stroke:var(--quiet)}.marks .ended{stroke-dasharray:3 3}
.mark-labels text{font-size:11px}
.status.green{fill:var(--green)}.status.yellow{fill:url(#p-yellow)}.status.red{fill:var(--red)}.status.unknown{fill:var(--unknown)}
svg text.on{fill:var(--on);font-size:10.5px}
.line{fill:none;stroke:var(--line);stroke-width:1.8;stroke-linejoin:round}.area{fill:var(--line);opacity:.12}
.mean{stroke:var(--quiet);stroke-dasharray:2 4}
.hover{fill:transparent}.hover:hover{fill:var(--ink);fill-opacity:.08}.span:hover{opacity:.8}
.scroll{overflow-x:auto;border:1px solid var(--rule);border-radius:10px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:6px 14px;vertical-align:top;border-top:1px solid var(--rule)}
th{border-top:0;font-weight:600;font-size:13px;color:var(--quiet);white-space:nowrap}
td{overflow-wrap:break-word}td code{white-space:nowrap}td code.long{white-space:normal;overflow-wrap:anywhere}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
details{margin:10px 0}summary{cursor:pointer;color:var(--quiet);padding:4px 0}summary:focus-visible{outline:2px solid var(--line)}
.log table{font-size:12.5px}.log td:last-child{min-width:260px}
footer{margin-top:48px;color:var(--quiet);font-size:13px}
@media(max-width:640px){main{padding:20px 14px 40px}.verdict{padding:13px 14px}.verdict p{font-size:16px}.verdict dl{grid-template-columns:1fr;gap:0}.verdict dd{margin-bottom:6px}.pictures{padding:4px 12px 8px}h1{font-size:20px}.tiles{grid-template-columns:1fr 1fr}}
@media print{:root{color-scheme:light}body{background:#fff;font-size:12px}main{max-width:none;padding:0}.scroll,.pictures{overflow:visible}figure{min-width:0;break-inside:avoid}tr,.verdict,.tiles div{break-inside:avoid}h2{break-after:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
</style>`)
