/** What runs in the page that is measured: each function is sent there as text, and may use nothing of this file. */

/** Notes for each letter when it was pressed and when the frame that ranks by it was painted. To be there before the page is. */
export function watchKeys() {
  const keys = [];
  globalThis.keysSeen = keys;
  addEventListener(
    "keydown",
    ({ key, timeStamp, target }) => {
      if (key.length === 1) keys.push({ typed: target.value + key, pressed: timeStamp });
    },
    true,
  );
  const channel = new MessageChannel();
  const afterPaint = [];
  channel.port1.onmessage = () => afterPaint.shift()();
  new MutationObserver(() => {
    const shown = document.querySelector(".label-count.draft .label-count-name")?.textContent;
    const last = keys.at(-1);
    if (last === undefined || last.committed !== undefined || shown !== last.typed) return;
    last.committed = performance.now();
    requestAnimationFrame(() => {
      // A message comes in a task after the frame's own, in which it is painted.
      afterPaint.push(() => {
        last.painted = performance.now();
        const asked = performance
          .getEntriesByType("resource")
          .filter(({ name }) => name.endsWith("/rank"))
          .at(-1);
        if (!asked) return;
        last.asked = asked.fetchStart;
        last.begun = asked.responseStart;
        last.came = asked.responseEnd;
        performance.clearResourceTimings();
      });
      channel.port2.postMessage(undefined);
    });
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** Resolves once the last letter is painted. */
export async function lastIsPainted() {
  while (globalThis.keysSeen.at(-1)?.painted === undefined) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

/** Scrolls an element down by `step` pixels a frame for `seconds`; gives the milliseconds between frames. */
export async function watchFrames({ selector, step, seconds }) {
  const element = document.querySelector(selector);
  const times = [];
  const begin = performance.now();
  let before = begin;
  while (before - begin < seconds * 1000) {
    const now = await new Promise((resolve) => requestAnimationFrame(resolve));
    times.push(now - before);
    before = now;
    element.scrollTop += step;
  }
  return times.slice(1);
}
