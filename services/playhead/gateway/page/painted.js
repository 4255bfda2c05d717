// When something is on the screen, as the browser says it where it does (Element Timing), else one frame after it was laid out.

const waiting = [];
let marks = 0;

const timed = "PerformanceElementTiming" in window;
if (timed)
  new PerformanceObserver((list) => {
    for (const { identifier, renderTime } of list.getEntries()) tell(Number(identifier), renderTime);
  }).observe({ type: "element" });

/** A newer mark on the screen is there together with all that was put on the page before it. */
function tell(mark, at) {
  while (waiting.length && waiting[0].mark <= mark) waiting.shift().done(at);
}

/** Puts a text into a node, in the frame of whatever else was just changed; promises the time at which that frame was shown. */
export function shown(node, text) {
  const mark = ++marks;
  const fresh = node.cloneNode(false);
  fresh.setAttribute("elementtiming", mark);
  fresh.textContent = text;
  node.replaceWith(fresh);
  if (!timed) requestAnimationFrame(() => requestAnimationFrame(() => tell(mark, performance.now())));
  return new Promise((done) => waiting.push({ mark, done }));
}
