// Elements of the page. What a page of metrics says comes in as text alone: there is no way here to make it anything else.

/** An element with a class and a text. */
export function made<const Tag extends keyof HTMLElementTagNameMap>(tag: Tag, className = "", text = ""): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  if (text !== "") element.textContent = text;
  return element;
}

/** One of the page's own, which is there. */
export function own<Kind extends HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}

/** Writes only what is another one: a browser draws anew whatever is written. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
