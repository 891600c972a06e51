export const encodeB64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
export const decodeB64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
