// Moves on when the card is read: asks every 3 s, after 2 minutes every 10 s, only while seen.
const { status, next } = document.querySelector('main').dataset;
const progress = document.getElementById('progress');
const began = Date.now();
let busy = false;
let timer;

async function ask() {
  clearTimeout(timer);
  if (busy || document.hidden) return;
  busy = true;
  try {
    const answer = await fetch(status);
    // 429 and 5xx pass; the next page explains any other.
    const passes = answer.status === 429 || answer.status > 499;
    if (!passes && (await answer.json()).status !== 'waiting') {
      progress.textContent = progress.dataset.done;
      // Time to hear it; `replace`, so that Back skips this page.
      setTimeout(() => location.replace(next), 900);
      return;
    }
  } catch {} // no network
  busy = false;
  timer = setTimeout(ask, Date.now() - began < 120000 ? 3000 : 10000);
}

progress.textContent = progress.dataset.wait;
document.addEventListener('visibilitychange', ask);
ask();
