/** Loads deck.gl from the installed pydeck wheel: one script, once per page, from our own server. */
let loading = null;

/**
 * @param {string} address of the bundle on this server
 * @returns {Promise<{deck: object, luma: object}>} the bundle's globals
 */
export function loadDeck(address) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI).href;
    script.onload = () => resolve({ deck: globalThis.deck, luma: globalThis.luma });
    script.onerror = () => {
      loading = null;
      reject(new Error(`the map library did not load from ${address}`));
    };
    document.head.append(script);
  });
  return loading;
}

/** @returns {{software: boolean}|null} how this browser draws with WebGL 2: on a graphics card or by its processor; null if not at all */
export function webGL2() {
  const context = document.createElement("canvas").getContext("webgl2");
  if (!context) return null;
  const named = context.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  const renderer = String(context.getParameter(named ?? context.RENDERER));
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return { software: /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer) };
}
