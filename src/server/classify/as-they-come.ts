/** What promises resolve with, as they do. Ends with the first rejection; the others are let go. */
export async function* asTheyCome<T>(promises: readonly Promise<T>[]): AsyncGenerator<T> {
  const settled: Promise<T>[] = [];
  let wake = () => {};
  for (const promise of promises) {
    const done = () => {
      settled.push(promise);
      wake();
    };
    promise.then(done, done);
  }
  for (let given = 0; given < promises.length; given++) {
    if (settled.length === given) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    yield await settled[given]!;
  }
}
