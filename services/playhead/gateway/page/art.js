// Artwork for titles that bring none: scenes of gradients and shapes, the same picture for the same title.
// Only numbers and colours from these lists get into the picture, nothing of the title itself.

const PALETTES = {
  Drama: [["#1b1034", "#5b2a86", "#f0657a", "#ffd08a"], ["#10182e", "#27496d", "#8fb8de", "#f6d6ad"], ["#2a0f1f", "#7a1f3d", "#e2725b", "#f9c784"]],
  Comedy: [["#ff7b54", "#ffb26b", "#ffd56f", "#fff3b0"], ["#3d1d72", "#d94f8c", "#ff9b6a", "#ffe08a"], ["#0d5c63", "#44a1a0", "#ffd166", "#fff1c1"]],
  Thriller: [["#07090f", "#1b2838", "#3f5e7a", "#e04b3a"], ["#0b0710", "#2b1331", "#6e1e3a", "#ff5a45"], ["#081014", "#10312f", "#2d6a5f", "#e6c229"]],
  Horror: [["#060507", "#1d0b10", "#56141c", "#d62828"], ["#070b0a", "#13231f", "#38564b", "#b7c9a8"]],
  "Science Fiction": [["#050816", "#1a1a5e", "#6a3de8", "#38e1ff"], ["#070a1c", "#0e3b5c", "#12a5b8", "#ff7ad9"], ["#0b0620", "#3c1361", "#b5179e", "#4cc9f0"]],
  Family: [["#2660a4", "#56a3d9", "#f9c74f", "#f9844a"], ["#3a7d44", "#9bc53d", "#fde74c", "#fa7921"], ["#4a4e99", "#8f7fd6", "#ffc8dd", "#ffe5a5"]],
  Documentary: [["#14231b", "#3a5a40", "#a3b18a", "#e9dcc0"], ["#0e2433", "#2c6e8f", "#a9d6e5", "#f4f1de"], ["#2b1d12", "#7f5539", "#ddb892", "#f8edd9"]],
  Romance: [["#33122f", "#9b2f66", "#ff758f", "#ffd6c9"], ["#2b1b4d", "#7b4bb3", "#f2a1c9", "#ffe3d3"]],
  Crime: [["#0a0c10", "#232a36", "#5c6b80", "#e8b04a"], ["#120c0a", "#3a2118", "#8c4a2f", "#f2b263"]],
  Action: [["#140a05", "#6b1d0f", "#f3722c", "#ffd166"], ["#0b1320", "#1f4068", "#e43f5a", "#ffb26b"]],
  Anime: [["#2d1e5f", "#c0457f", "#ff8fb1", "#ffe3ef"], ["#123a6b", "#3f88c5", "#ffba08", "#fff0c9"], ["#1b1f4b", "#5a54c7", "#8be0e6", "#fde2f3"]],
  Music: [["#160f29", "#8f2d9e", "#ff6ad5", "#ffe66d"], ["#0c1b33", "#1768ac", "#06bee1", "#f9f871"]],
  Fantasy: [["#0f1a38", "#3b3b98", "#9d79d6", "#ffe29a"], ["#0b2b2e", "#1f6f63", "#8bd3a8", "#fff0b5"]],
};
const OTHERS = Object.values(PALETTES).flat();

function seeded(text) {
  let h = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 3432918353), h = (h << 13) | (h >>> 19);
  return () => {
    h = (h + 0x6d2b79f5) | 0;
    let t = Math.imul(h ^ (h >>> 15), 1 | h);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const W = 480, H = 270;
const f = (n) => n.toFixed(1);
const rect = (x, y, w, h, fill, more = "") => `<rect x="${f(x)}" y="${f(y)}" width="${f(w)}" height="${f(h)}" fill="${fill}" ${more}/>`;
const circle = (x, y, r, fill, more = "") => `<circle cx="${f(x)}" cy="${f(y)}" r="${f(r)}" fill="${fill}" ${more}/>`;
const path = (d, fill, more = "") => `<path d="${d}" fill="${fill}" ${more}/>`;

function ridge(rng, base, swing, steps) {
  let d = `M0 ${H}L0 ${f(base)}`;
  for (let i = 1; i <= steps; i++) {
    const x = (W * i) / steps, y = base + (rng() - 0.5) * swing, back = W / steps / 2;
    d += `C${f(x - back * 1.3)} ${f(base + (rng() - 0.5) * swing)} ${f(x - back * 0.6)} ${f(y)} ${f(x)} ${f(y)}`;
  }
  return `${d}L${W} ${H}Z`;
}

const SCENES = {
  hills(rng, c) {
    const x = 70 + rng() * 340, y = 70 + rng() * 70;
    let art = circle(x, y, 120, "url(#glow)") + circle(x, y, 30 + rng() * 22, c[3]);
    for (let i = 0; i < 4; i++) art += path(ridge(rng, 150 + i * 32, 64 - i * 9, 5), i < 2 ? c[1] : c[0], `opacity="${f(0.5 + i * 0.16)}"`);
    return art;
  },
  city(rng, c) {
    let art = circle(60 + rng() * 360, 60 + rng() * 40, 110, "url(#glow)") + circle(80 + rng() * 320, 70, 24, c[3], 'opacity=".9"');
    for (const [shade, low, width] of [[c[1], 90, 34], [c[0], 150, 46]]) {
      for (let x = -10; x < W; ) {
        const w = width * (0.6 + rng()), top = low + rng() * 70;
        art += rect(x, top, w, H - top, shade);
        for (let y = top + 9; shade === c[0] && y < H - 8; y += 13) for (let u = x + 7; u < x + w - 8; u += 11) if (rng() > 0.62) art += rect(u, y, 4.5, 6, c[3], 'opacity=".75"');
        x += w + 3;
      }
    }
    return art;
  },
  orbit(rng, c) {
    let art = "";
    for (let i = 0; i < 70; i++) art += circle(rng() * W, rng() * H, 0.5 + rng() * 1.3, "#fff", `opacity="${f(0.3 + rng() * 0.7)}"`);
    const x = 150 + rng() * 220, y = 110 + rng() * 60, r = 54 + rng() * 34, tilt = f(-30 + rng() * 60);
    art += circle(x, y, r * 2.1, "url(#glow)") + circle(x, y, r, "url(#ball)");
    art += `<ellipse cx="${f(x)}" cy="${f(y)}" rx="${f(r * 1.75)}" ry="${f(r * 0.36)}" fill="none" stroke="${c[3]}" stroke-width="5" opacity=".75" transform="rotate(${tilt} ${f(x)} ${f(y)})" stroke-dasharray="${f(r * 3.9)} ${f(r * 1.5)}"/>`;
    return art + circle(x - r * 2, y - r * 0.8, 9, c[2]);
  },
  waves(rng, c) {
    let art = circle(W / 2 + (rng() - 0.5) * 200, 140, 150, "url(#glow)") + circle(W / 2 + (rng() - 0.5) * 180, 138, 58, c[3]);
    for (let i = 0; i < 6; i++) {
      const y = 138 + i * 23, swell = 6 + i * 2.4, shift = rng() * 80;
      let d = `M0 ${H}L0 ${f(y)}`;
      for (let x = -shift; x < W + 80; x += 80) d += `q20 ${f(-swell)} 40 0t40 0`;
      art += path(`${d}L${W} ${H}Z`, i % 2 ? c[1] : c[0], `opacity="${f(0.55 + i * 0.08)}"`);
    }
    return art;
  },
  pines(rng, c) {
    let art = circle(90 + rng() * 300, 80, 130, "url(#glow)") + circle(90 + rng() * 300, 74, 26, c[3], 'opacity=".95"');
    for (const [shade, base, size, gap] of [[c[2], 190, 60, 30], [c[1], 222, 88, 38], [c[0], 268, 120, 52]])
      for (let x = -20; x < W + 20; x += gap * (0.5 + rng() * 0.7)) {
        const h = size * (0.65 + rng() * 0.6), w = h * 0.36;
        art += path(`M${f(x)} ${f(base - h)}l${f(w / 2)} ${f(h * 0.45)}h${f(-w * 0.15)}l${f(w * 0.3)} ${f(h * 0.55)}h${f(-w * 1.3)}l${f(w * 0.3)} ${f(-h * 0.55)}h${f(-w * 0.15)}z`, shade) + rect(0, base - 2, W, 4, shade);
      }
    return art;
  },
  rays(rng, c) {
    const x = W * (0.3 + rng() * 0.4), y = H * (0.55 + rng() * 0.3), n = 14 + Math.floor(rng() * 8);
    let art = "";
    for (let i = 0; i < n; i++) {
      const a = (2 * Math.PI * i) / n, b = a + Math.PI / n;
      art += path(`M${f(x)} ${f(y)}L${f(x + 600 * Math.cos(a))} ${f(y + 600 * Math.sin(a))}L${f(x + 600 * Math.cos(b))} ${f(y + 600 * Math.sin(b))}Z`, c[1], 'opacity=".55"');
    }
    art += circle(x, y, 66, c[2]) + circle(x, y, 46, c[3]);
    for (let i = 0; i < 5; i++) art += circle(rng() * W, rng() * H, 5 + rng() * 12, c[3], 'opacity=".65"');
    return art;
  },
  blocks(rng, c) {
    let art = "";
    const s = 90;
    for (let gx = 0; gx < 6; gx++) for (let gy = 0; gy < 3; gy++) {
      const x = gx * s - 30, y = gy * s, kind = Math.floor(rng() * 5), shade = c[1 + Math.floor(rng() * 3)], turn = Math.floor(rng() * 4) * 90;
      const spin = `transform="rotate(${turn} ${x + s / 2} ${y + s / 2})"`;
      if (kind === 0) art += circle(x + s / 2, y + s / 2, s * 0.42, shade, 'opacity=".92"');
      if (kind === 1) art += path(`M${x} ${y}h${s}a${s} ${s} 0 0 1 ${-s} ${s}z`, shade, spin);
      if (kind === 2) art += path(`M${x} ${y}h${s}v${s / 2}h${-s}z`, shade, spin);
      if (kind === 3) art += path(`M${x} ${y + s}L${x + s} ${y}V${y + s}z`, shade, spin);
    }
    return art;
  },
  blinds(rng, c) {
    const lean = 20 + rng() * 50, x = 130 + rng() * 220;
    let art = circle(x, 120, 190, "url(#glow)");
    for (let i = 0; i < 12; i++) art += path(`M-20 ${i * 26}L${W + 20} ${i * 26 - lean}v11L-20 ${i * 26 + 11}z`, c[3], 'opacity=".16"');
    art += path(`M${f(x - 62)} ${H}c2-66 22-86 44-94-26-18-22-74 18-76 40 2 44 58 18 76 22 8 42 28 44 94z`, c[0]);
    art += path(`M${f(x - 44)} 104q44-14 88 0l-16-9q-4-26-28-26t-28 26z`, c[0]);
    return art;
  },
};
Object.assign(SCENES, {
  arches(rng, c) {
    const x = W * (0.3 + rng() * 0.4), shades = [c[1], c[2], c[3], c[2], c[0]];
    let art = "";
    shades.forEach((shade, i) => {
      const r = 190 - i * 36;
      art += path(`M${f(x - r)} ${H}V${f(H - r * 0.55)}a${r} ${r} 0 0 1 ${2 * r} 0V${H}Z`, shade, 'opacity=".9"');
    });
    return art + circle(x, H - 62, 20, c[3]);
  },
  road(rng, c) {
    const x = W * (0.35 + rng() * 0.3);
    let art = circle(x, 128, 130, "url(#glow)") + circle(x, 122, 34, c[3]) + path(ridge(rng, 138, 70, 6), c[1]);
    art += rect(0, 168, W, H - 168, c[0]) + path(`M${f(x - 6)} 168h12L${f(x + 170)} ${H}H${f(x - 170)}Z`, c[1], 'opacity=".8"');
    for (let i = 0; i < 6; i++) art += path(`M${f(x - 1 - i * 1.2)} ${172 + i * i * 3.4}h${f(2 + i * 2.4)}l${f(1 + i)} ${f(3 + i * 3)}h${f(-4 - i * 4.4)}z`, c[3]);
    return art;
  },
  petals(rng, c) {
    const x = W * (0.25 + rng() * 0.5), y = H * 0.5, n = 7 + Math.floor(rng() * 6);
    let art = circle(x, y, 180, "url(#glow)");
    for (const [r, shade] of [[150, c[1]], [106, c[2]], [64, c[3]]])
      for (let i = 0; i < n; i++)
        art += `<ellipse cx="${f(x)}" cy="${f(y - r * 0.6)}" rx="${f(r * 0.2)}" ry="${f(r * 0.55)}" fill="${shade}" opacity=".72" transform="rotate(${f((360 * i) / n + r)} ${f(x)} ${f(y)})"/>`;
    return art + circle(x, y, 16, c[0]);
  },
  window(rng, c) {
    const x = 130 + rng() * 160, w = 150;
    let art = rect(0, 0, W, H, c[0], 'opacity=".72"') + rect(x, 34, w, 150, c[3]) + circle(x + w * rng(), 110, 70, c[2], 'opacity=".8"');
    art += rect(x - 60, 34, 60, 190, c[1]) + rect(x + w, 34, 60, 190, c[1]) + rect(x + w / 2 - 3, 34, 6, 150, c[0]) + rect(x, 106, w, 6, c[0]);
    return art + path(`M${f(x)} 184h${w}l70 ${H - 184}H${f(x - 70)}Z`, c[3], 'opacity=".22"') + rect(x - 8, 184, w + 16, 9, c[0]);
  },
});

/** The colour, turned around the wheel a little: titles of one genre are kin, not twins. */
function turned(hex, degrees) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const high = Math.max(r, g, b), low = Math.min(r, g, b), span = high - low;
  const hue = span === 0 ? 0 : high === r ? ((g - b) / span) % 6 : high === g ? (b - r) / span + 2 : (r - g) / span + 4;
  const light = (high + low) / 2, rich = span === 0 ? 0 : span / (1 - Math.abs(2 * light - 1));
  return `hsl(${f(((hue * 60 + degrees) % 360 + 360) % 360)} ${f(rich * 100)}% ${f(light * 100)}%)`;
}

const CHOICES = {
  Drama: ["window", "hills", "waves", "road", "petals", "blinds"],
  Comedy: ["rays", "blocks", "petals", "arches", "waves"],
  Thriller: ["blinds", "city", "pines", "road", "window"],
  "Science Fiction": ["orbit", "city", "orbit", "arches", "road"],
  Documentary: ["hills", "pines", "waves", "road"],
  Romance: ["waves", "petals", "window", "hills", "arches"],
  Horror: ["pines", "window", "blinds", "city"],
  Family: ["blocks", "rays", "hills", "arches"],
  Crime: ["blinds", "city", "window", "road"],
  Action: ["city", "road", "rays", "hills"],
  Anime: ["petals", "hills", "city", "waves", "arches"],
  Music: ["rays", "blocks", "arches", "petals"],
  Fantasy: ["hills", "pines", "orbit", "arches"],
};

const made = new Map();

/** Colours of a palette, and the light of a mood, as a catalogue may name them among the attributes of a picture. */
const HUES = new Map(Object.entries({ warm: 20, cold: 210, neon: 290 }));
const LIGHT = new Map(Object.entries({ dark: ["#05060a", 0.5], tense: ["#3a0508", 0.28], bright: ["#fff6d8", 0.26], tender: ["#ffd9e8", 0.22] }));

/** People from behind, as many as the picture shows. */
function people(rng, c, faces) {
  let art = "";
  for (let i = 0; i < faces; i++) {
    const x = (W * (i + 1)) / (faces + 1) + (rng() - 0.5) * 40, y = 128 + rng() * 24, r = 27 + rng() * 9;
    art += circle(x, y, r, c[0]) + path(`M${f(x - r * 2.1)} ${H}c4-78 ${f(r)}-96 ${f(r * 2.1)}-96s${f(r * 1.7)} 18 ${f(r * 2.1)} 96z`, c[0]);
  }
  return art;
}

const keyOf = (title, artwork) => `${title.title_id} ${artwork || ""}`;

/** A picture of a title as an address: the one of that id, where the catalogue says what it shows. */
export function artOf(title, artwork) {
  let url = made.get(keyOf(title, artwork));
  if (url) return url;
  const genre = title.genres?.[0] || "";
  const shown = title.artworks?.find((one) => one.artwork_id === artwork)?.attributes || {};
  const rng = seeded(title.series_id || title.title_id);
  for (let i = 0; i < 4; i++) rng();
  const pick = (list) => list[Math.floor(rng() * list.length)];
  const turn = (rng() - 0.5) * 56 + (HUES.get(shown.palette) || 0);
  const c = pick(PALETTES[genre] || OTHERS).map((hex) => turned(hex, turn));
  const usual = pick(CHOICES[genre] || Object.keys(SCENES));
  const scene = Object.hasOwn(SCENES, shown.object || "") ? shown.object : usual;
  const faces = Math.min(Math.max(Math.round(Number(shown.faces) || 0), 0), 4);
  const [veil, much] = LIGHT.get(shown.mood) || ["#000", 0];
  const sky = scene === "blocks" ? [c[0], c[0], c[1]] : scene === "rays" ? [c[0], c[0], c[1]] : [c[0], c[1], c[2]];
  const art = SCENES[scene](rng, c) + people(rng, c, faces) + rect(0, 0, W, H, veil, `opacity="${much}"`);
  url = "data:image/svg+xml," + encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${W} ${H}" preserveAspectRatio="xMidYMid slice"><defs>` +
    `<linearGradient id="sky" x1="0" y1="0" x2="0.25" y2="1"><stop stop-color="${sky[0]}"/><stop offset=".55" stop-color="${sky[1]}"/><stop offset="1" stop-color="${sky[2]}"/></linearGradient>` +
    `<radialGradient id="glow"><stop stop-color="${c[3]}" stop-opacity=".7"/><stop offset="1" stop-color="${c[3]}" stop-opacity="0"/></radialGradient>` +
    `<radialGradient id="ball" cx=".35" cy=".3" r=".8"><stop stop-color="${c[3]}"/><stop offset=".5" stop-color="${c[2]}"/><stop offset="1" stop-color="${c[0]}"/></radialGradient>` +
    `<linearGradient id="dusk" x1="0" y1="0" x2="0" y2="1"><stop offset=".5" stop-color="#05060a" stop-opacity="0"/><stop offset="1" stop-color="#05060a" stop-opacity=".78"/></linearGradient>` +
    `</defs><rect width="${W}" height="${H}" fill="url(#sky)"/>${art}<rect width="${W}" height="${H}" fill="url(#dusk)"/></svg>`);
  made.set(keyOf(title, artwork), url);
  return url;
}

const pixels = new Map();
let drawing = Promise.resolve();
const idle = () => new Promise((done) => (window.requestIdleCallback || setTimeout)(done));

/** Shows a title's picture in an image: a drawing at first, soon pixels, for a drawing is drawn anew wherever its card goes. */
export function picture(title, image, artwork) {
  const key = keyOf(title, artwork);
  image.dataset.art = artwork || "";
  image.src = pixels.get(key) || artOf(title, artwork);
  if (!pixels.has(key)) drawing = drawing.then(idle).then(() => drawn(key, image, artwork)).catch(() => {});
}

async function drawn(key, image, artwork) {
  if (image.dataset.art !== (artwork || "")) return;
  if (!pixels.has(key)) {
    await image.decode();
    const canvas = new OffscreenCanvas(W, H);
    canvas.getContext("2d").drawImage(image, 0, 0, W, H);
    pixels.set(key, URL.createObjectURL(await canvas.convertToBlob({ type: "image/webp", quality: 0.92 })));
  }
  if (image.dataset.art === (artwork || "")) image.src = pixels.get(key);
}

const FACES = ["face-grotesk", "face-serif", "face-wide", "face-round", "face-slab"];
/** How a title's name is set, the same for the same title. */
export const faceOf = (title) => FACES[Math.floor(seeded(`${title.series_id || title.title_id}/face`)() * FACES.length)];
