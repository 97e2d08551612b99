/**
 * The little of jsdom that the tests use. The full types bring the browser's global names into every file, where a
 * forgotten variable called `name` would then compile.
 */
declare module 'jsdom' {
  export interface PageElement {
    readonly tagName: string;
    readonly className: string;
    readonly parentElement: PageElement | null;
    readonly children: Iterable<PageElement>;
    readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
    readonly innerHTML: string;
    textContent: string | null;
    value: string;
    hidden: boolean;
    open: boolean;
    getAttribute(name: string): string | null;
    hasAttribute(name: string): boolean;
    querySelector(selector: string): PageElement | null;
    querySelectorAll(selector: string): Iterable<PageElement>;
    closest(selector: string): PageElement | null;
    click(): void;
    dispatchEvent(event: object): boolean;
  }

  export interface PageDocument extends PageElement {
    readonly title: string;
    readonly documentElement: PageElement;
    readonly head: PageElement;
    readonly body: PageElement;
    getElementById(id: string): PageElement | null;
  }

  export interface PageWindow {
    readonly document: PageDocument;
    readonly Event: new (type: string, options?: { readonly bubbles?: boolean }) => object;
    dispatchEvent(event: object): boolean;
    close(): void;
  }

  export class VirtualConsole {
    on(event: string, listener: (error: Error) => void): this;
  }

  export class JSDOM {
    constructor(
      html: string,
      options?: { readonly runScripts?: 'dangerously'; readonly virtualConsole?: VirtualConsole },
    );
    readonly window: PageWindow;
  }
}
