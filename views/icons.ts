/**
 * Drawings of our own, inline so that a page is two requests and works under a CSP without images. They carry
 * no State emblem and no other company's logo. All are decoration: hidden from screen readers, coloured by the
 * stylesheet through classes.
 */
import { html } from 'hono/html';

/** The emblem: Bà Đen mountain, the sun behind it, rice fields at its foot. */
export const emblem = html`<svg class="emblem" viewBox="0 0 40 40" aria-hidden="true"><rect class="tile" width="40" height="40" rx="11"/><circle class="sun" cx="26.5" cy="13.5" r="5.5"/><path class="hill" d="M4 28c5-1 7-6 10-10 2-3 4-6 6-6s4 4 6 7c3 4 5 8 10 9z"/><path class="rows" d="M5 32.5c8-3 22-3 30 0M10 36.5c6-2 14-2 20 0"/></svg>`;

/** The same landscape, wide, at the foot of the header; `slice` keeps the mountain in view on any width. */
export const landscape = html`<svg class="landscape" viewBox="0 0 1200 160" preserveAspectRatio="xMidYMax slice" aria-hidden="true"><circle class="sun" cx="690" cy="60" r="30"/><path class="far" d="M0 122c100-22 200-30 290-12 70-34 120-46 170-36 60 12 90 26 160 26s100-14 170-14 110 26 190 14c80-12 150-4 220 6v54H0z"/><path class="hill" d="M350 132c70-8 116-30 154-60 34-27 56-58 86-58 24 0 40 34 64 50 16 11 32 10 54 24 40 26 80 40 142 44z"/><path class="field" d="M0 124c200-16 400-12 600-7s400 7 600-5v48H0z"/><path class="rows" d="M0 134c240-13 420-9 620-4s380 5 580-6M0 149c240-13 420-9 620-4s380 5 580-6"/></svg>`;

/** A speech bubble: Zalo is where people talk. */
export const bubbleIcon = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4c5 0 9 3.2 9 7.3s-4 7.2-9 7.2c-1 0-2-.1-2.9-.4L4.5 20l1-3.5C3.9 15.2 3 13.4 3 11.3 3 7.2 7 4 12 4zM8.5 11.5h7"/></svg>`;

/** An identity card. */
export const cardIcon = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><rect x="3" y="5" width="18" height="14" rx="2.5"/><circle cx="8.5" cy="10.7" r="1.9"/><path d="M5.8 15.6c.6-1.7 4.8-1.7 5.4 0M14.5 10h3.5M14.5 14h3.5"/></svg>`;

/** A tick in a circle. */
export const tickIcon = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9"/><path d="M8 12.3l2.8 2.8 5.2-5.7"/></svg>`;

/** A shield: advice for keeping safe. */
export const shieldIcon = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3l7.5 2.7V11c0 4.7-3 8.3-7.5 10-4.5-1.7-7.5-5.3-7.5-10V5.7zM12 8v4.5M12 15.8v.2"/></svg>`;

/** The chip on the card. */
export const chipIcon = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><rect x="3" y="4.5" width="18" height="15" rx="3.5"/><path d="M3 12h6m6 0h6M9 4.5v15m6-15v15"/></svg>`;

/** A key: the passkey in one's own device. */
export const keyIcon = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="7.8" cy="12" r="4.6"/><path d="M12.4 12H21v3.6M17.2 12v3"/></svg>`;

/** A phone. */
export const phoneIcon = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><rect x="7" y="2.5" width="10" height="19" rx="2.5"/><path d="M10.8 18.3h2.4"/></svg>`;

/** A clock: it goes on by itself, later. */
export const clockIcon = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.4 2"/></svg>`;

/** How the card is held: flat against the back of a phone. */
export const tapDrawing = html`<svg class="tap" viewBox="0 0 200 112" aria-hidden="true"><rect class="tile" x="66" y="3" width="68" height="140" rx="13"/><rect class="hill" x="74" y="11" width="18" height="25" rx="6"/><circle class="sun" cx="83" cy="18" r="3.5"/><circle class="sun" cx="83" cy="29" r="3.5"/><rect class="paper" x="56" y="46" width="88" height="55" rx="6"/><circle class="far" cx="74" cy="67" r="7"/><path class="far" d="M61 88c1-13 25-13 26 0z"/><rect class="sun" x="116" y="57" width="17" height="14" rx="3"/><path class="rows" d="M98 82h35M98 91h23M42 59c-6 9-6 20 0 29M32 53c-9 14-9 27 0 41M158 59c6 9 6 20 0 29M168 53c9 14 9 27 0 41"/></svg>`;
