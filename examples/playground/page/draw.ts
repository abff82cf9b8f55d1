/** What is drawn on a canvas: decision surfaces, curves, digits. */
import { type DataKindName, dataKinds } from '../model/data/kinds';
import { type ShownData } from '../model/messages';
import { EXTENT, GRID, LINE } from '../model/probe';
import { classColours, css, ink, type Theme } from './theme';

/** What a picture is of. */
export interface Subject {
  readonly kind: DataKindName;
  readonly data: ShownData;
  readonly seen: Float32Array | undefined;
  /** Of the method. */
  readonly colour: string;
  readonly theme: Theme;
}

const surface = (context: CanvasRenderingContext2D, size: number, { kind, seen, theme }: Subject): void => {
  if (seen === undefined) return;
  const { outputs } = dataKinds[kind];
  const colours = classColours(theme);
  const ground = theme === 'dark' ? [22, 29, 38] : [255, 255, 255];
  const image = new ImageData(GRID, GRID);
  for (let i = 0; i < GRID * GRID; i++)
    for (let channel = 0; channel < 3; channel++) {
      let mixed = 0;
      let total = 0;
      for (let c = 0; c < outputs; c++) {
        const chance = seen[i * outputs + c] ?? 0;
        mixed += chance * (colours[c]?.[channel] ?? 0);
        total += chance;
      }
      // The tint is stronger where the network is sure.
      const tint = 0.38;
      const hue = total > 0 ? mixed / total : (ground[channel] ?? 0);
      image.data[4 * i + channel] = (1 - tint) * (ground[channel] ?? 0) + tint * hue;
      image.data[4 * i + 3] = 255;
    }
  const small = new OffscreenCanvas(GRID, GRID);
  small.getContext('2d')?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, size, size);
};

/** Circle, square and triangle: classes differ in more than colour. */
const mark = (context: CanvasRenderingContext2D, of: number, x: number, y: number, r: number): void => {
  context.beginPath();
  if (of === 0) context.arc(x, y, r, 0, 2 * Math.PI);
  else if (of === 1) context.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
  else {
    context.moveTo(x, y - 1.15 * r);
    context.lineTo(x + 1.05 * r, y + 0.8 * r);
    context.lineTo(x - 1.05 * r, y + 0.8 * r);
    context.closePath();
  }
  context.fill();
  context.stroke();
};

const place = (size: number, value: number): number => ((value + EXTENT) / (2 * EXTENT)) * size;

const points = (context: CanvasRenderingContext2D, size: number, { data, theme }: Subject): void => {
  const colours = classColours(theme);
  context.lineWidth = size / 400;
  context.strokeStyle = ink(theme).ground;
  data.targets.forEach((target, i) => {
    context.fillStyle = css(colours[target] ?? [0, 0, 0]);
    const [x, y] = [data.inputs[2 * i] ?? 0, data.inputs[2 * i + 1] ?? 0];
    mark(context, target, place(size, x), size - place(size, y), size / 95);
  });
};

const curve = (context: CanvasRenderingContext2D, size: number, subject: Subject): void => {
  const { data, seen, colour, theme } = subject;
  const { quiet, line } = ink(theme);
  context.strokeStyle = line;
  context.lineWidth = size / 300;
  context.beginPath();
  context.moveTo(0, size / 2);
  context.lineTo(size, size / 2);
  context.moveTo(size / 2, 0);
  context.lineTo(size / 2, size);
  context.stroke();
  context.fillStyle = quiet;
  data.targets.forEach((target, i) => {
    context.beginPath();
    context.arc(place(size, data.inputs[i] ?? 0), size - place(size, target), size / 130, 0, 2 * Math.PI);
    context.fill();
  });
  if (seen === undefined) return;
  context.strokeStyle = colour;
  context.lineWidth = size / 110;
  context.beginPath();
  for (let i = 0; i < LINE; i++) context.lineTo((size * i) / (LINE - 1), size - place(size, seen[i] ?? 0));
  context.stroke();
};

const COLUMNS = 10;

const digits = (context: CanvasRenderingContext2D, size: number, { data, seen, theme }: Subject): void => {
  const { text, quiet, line } = ink(theme);
  const count = data.shownTargets.length;
  const rows = Math.ceil(count / COLUMNS);
  const [width, height] = [size / COLUMNS, size / Math.max(rows, 1)];
  context.textAlign = 'center';
  context.font = `${Math.round(width * 0.36)}px system-ui, sans-serif`;
  for (let i = 0; i < count; i++) {
    const [left, top] = [(i % COLUMNS) * width, Math.floor(i / COLUMNS) * height];
    const dot = (width * 0.78) / 8;
    for (let j = 0; j < 64; j++) {
      const strength = Math.min(1, Math.max(0, data.shown[64 * i + j] ?? 0));
      if (strength < 0.04) continue;
      context.globalAlpha = strength;
      context.fillStyle = text;
      context.fillRect(left + width * 0.11 + (j % 8) * dot, top + 2 + Math.floor(j / 8) * dot, dot, dot);
    }
    context.globalAlpha = 1;
    if (seen === undefined) continue;
    const said = seen[2 * i] ?? 0;
    const right = said === data.shownTargets[i];
    context.fillStyle = right ? quiet : theme === 'dark' ? '#ff8a80' : '#b3261e';
    context.fillText(right ? `${said}` : `${said}!`, left + width / 2, top + height - 3);
    context.strokeStyle = line;
  }
};

/** The picture of a network, of `size` device pixels square. */
export const drawNetwork = (context: CanvasRenderingContext2D, size: number, subject: Subject): void => {
  context.clearRect(0, 0, size, size);
  context.fillStyle = ink(subject.theme).ground;
  context.fillRect(0, 0, size, size);
  const { features } = dataKinds[subject.kind];
  if (features === 1) curve(context, size, subject);
  else if (features === 2) {
    surface(context, size, subject);
    points(context, size, subject);
  } else digits(context, size, subject);
};
