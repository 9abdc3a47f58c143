#pragma once

namespace mcast::bench {

// Colours with contrast on either ground; raw paths are dashed as well, for those who see few.
inline constexpr const char* kReportStyle = R"css(
:root { --ground: #ffffff; --ink: #1b2330; --soft: #5a6577; --rule: #dde2ea; --card: #f6f8fb;
  --good: #11734b; --bad: #b3261e;
  --c0: #2458c7; --c1: #c2570c; --c2: #14804a; --c3: #b4267f; --c4: #6d3fc0; --c5: #0b7a94;
  --c6: #6b7280; --c7: #8a6d00; }
@media (prefers-color-scheme: dark) { :root { --ground: #12161d; --ink: #e6eaf1; --soft: #9aa6b8;
  --rule: #2c3440; --card: #1a202a; --good: #5bd69b; --bad: #ff8a80;
  --c0: #7aa7ff; --c1: #ffa45c; --c2: #5fd08f; --c3: #ff8ac9; --c4: #b99aff; --c5: #5cc8e0;
  --c6: #a3acb9; --c7: #e3c75a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 76rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; padding-top: .6rem;
  border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
p, li { max-width: 46rem; } .soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem;
  min-width: 50%; }
th, td { text-align: right; padding: .32rem .8rem .32rem 0; border-bottom: 1px solid var(--rule);
  white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } .words td, .words th { white-space: normal; }
th:first-child, td:first-child, .words th, .words td { text-align: left; }
.words td:last-child { white-space: nowrap; }
.met { color: var(--good); font-weight: 600; } .missed { color: var(--bad); font-weight: 600; }
.raw td { color: var(--soft); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr));
  gap: 1.2rem; }
figure { margin: 0; max-width: 54rem; padding: .9rem 1rem; background: var(--card); border: 1px solid var(--rule);
  border-radius: .6rem; }
figcaption { font-weight: 600; margin-bottom: .4rem; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font-size: 13px; font-family: inherit; }
.grid { stroke: var(--rule); stroke-width: 1; } .axis { stroke: var(--soft); }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; } .whisker { stroke-width: 1.6; }
.dashed { stroke-dasharray: 6 4; }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0;
  margin: .5rem 0 0; font-size: .85rem; }
ul.legend i { display: inline-block; width: 1.4rem; height: 0; margin-right: .4rem;
  vertical-align: middle; border-top: 3px solid; }
ul.legend i.dashed { border-top-style: dashed; }
svg .c0 { stroke: var(--c0); } ul.legend i.c0 { border-color: var(--c0); } circle.c0 { fill: var(--c0); }
svg .c1 { stroke: var(--c1); } ul.legend i.c1 { border-color: var(--c1); } circle.c1 { fill: var(--c1); }
svg .c2 { stroke: var(--c2); } ul.legend i.c2 { border-color: var(--c2); } circle.c2 { fill: var(--c2); }
svg .c3 { stroke: var(--c3); } ul.legend i.c3 { border-color: var(--c3); } circle.c3 { fill: var(--c3); }
svg .c4 { stroke: var(--c4); } ul.legend i.c4 { border-color: var(--c4); } circle.c4 { fill: var(--c4); }
svg .c5 { stroke: var(--c5); } ul.legend i.c5 { border-color: var(--c5); } circle.c5 { fill: var(--c5); }
svg .c6 { stroke: var(--c6); } ul.legend i.c6 { border-color: var(--c6); } circle.c6 { fill: var(--c6); }
svg .c7 { stroke: var(--c7); } ul.legend i.c7 { border-color: var(--c7); } circle.c7 { fill: var(--c7); }
)css";

}  // namespace mcast::bench
