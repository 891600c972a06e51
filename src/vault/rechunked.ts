/** The same bytes in pieces of this size; the last may be smaller. */
export async function* rechunked(
  body: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Buffer, void, undefined> {
  let [pending, length]: [Uint8Array[], number] = [[], 0];
  for await (const chunk of body) {
    pending.push(chunk);
    length += chunk.length;
    if (length < size) continue;
    const whole = Buffer.concat(pending);
    const even = whole.length - (whole.length % size);
    for (let start = 0; start < even; start += size) yield whole.subarray(start, start + size);
    [pending, length] = [[whole.subarray(even)], whole.length - even];
  }
  if (length > 0) yield Buffer.concat(pending);
}
