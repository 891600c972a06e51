/** What is needed of a page here; Puppeteer's. */
export interface ExposingPage {
  exposeFunction(name: string, called: (...args: never[]) => unknown): Promise<void>;
  removeExposedFunction(name: string): Promise<void>;
}

/**
 * From now on a function that is given to the page a second time takes the place of the first. A document that comes
 * at the very moment in which the page is given one may lack it; the library then gives it once more, and Puppeteer
 * would refuse ("already exists"). And what the functions throw is told here and not to the page, where nobody waits for
 * it.
 */
export function watchExposed(page: ExposingPage, onThrown: (name: string, thrown: unknown) => void): void {
  const expose = page.exposeFunction.bind(page);
  const given = new Map<string, Promise<void>>();
  page.exposeFunction = (name, called) => {
    const heard = async (...args: never[]): Promise<unknown> => {
      try {
        return await called(...args);
      } catch (thrown) {
        onThrown(name, thrown);
        return undefined;
      }
    };
    const before = given.get(name);
    const giving = before === undefined ? expose(name, heard) : replace(before);
    given.set(name, giving);
    return giving;

    async function replace(earlier: Promise<void>): Promise<void> {
      await earlier.catch(() => {});
      await page.removeExposedFunction(name);
      await expose(name, heard);
    }
  };
}
