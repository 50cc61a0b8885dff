/** Small makers of HTML elements. */

/**
 * @param {string} tag
 * @param {object} properties set on the element; `aria-…`, `role`, `data-…` become attributes
 * @param {...(Node|string)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (/^(aria-|data-|role$|for$)/.test(name)) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

/** A button with an icon or a sign on it; its name is for those who cannot see it and for the pointer. */
export function button(sign, name, onclick, className = "") {
  return element("button", { type: "button", className, title: name, "aria-label": name, onclick }, sign);
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
