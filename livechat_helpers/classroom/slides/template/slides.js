// Starts reveal.js, and shrinks the text of a full slide until it fits.
/* global Reveal, RevealNotes */

const SMALLEST = 0.5; // a fraction of the usual size

function fit(slide) {
  for (let size = 1; size >= SMALLEST; size -= 0.05) {
    slide.style.fontSize = `${size}em`;
    if (slide.scrollHeight <= Reveal.getConfig().height && slide.scrollWidth <= Reveal.getConfig().width + 1) break;
  }
}

Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0.04,
  center: false,
  controls: false,
  hash: true,
  slideNumber: "c/t",
  transition: "none",
  plugins: [RevealNotes],
});
Reveal.on("ready", ({ currentSlide }) => fit(currentSlide));
Reveal.on("slidechanged", ({ currentSlide }) => fit(currentSlide));
