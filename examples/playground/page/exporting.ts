/** What leaves the page: a picture of all that is shown, and the program of the run. */
import { ink, type Theme } from './theme';

const save = (blob: Blob, name: string): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 10_000);
};

export const saveText = (text: string, name: string): void => {
  save(new Blob([text], { type: 'text/plain' }), name);
};

interface Piece {
  readonly title: string;
  readonly colour: string | undefined;
  readonly image: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

const ofSvg = async (svg: SVGSVGElement): Promise<HTMLImageElement> => {
  const copy = new XMLSerializer().serializeToString(svg);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(copy)}`;
  await image.decode();
  return image;
};

/** A table of numbers as a picture: the cells as the page shows them. */
const ofTable = (table: HTMLTableElement, theme: Theme): HTMLCanvasElement => {
  const [width, height] = [150, 34];
  const rows = [...table.rows];
  const canvas = document.createElement('canvas');
  canvas.width = width * Math.max(...rows.map((row) => row.cells.length));
  canvas.height = height * rows.length;
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  context.font = '14px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  rows.forEach((row, r) => {
    [...row.cells].forEach((cell, c) => {
      const style = getComputedStyle(cell);
      context.fillStyle = cell.matches('.cell') ? style.backgroundColor : ink(theme).ground;
      context.fillRect(c * width + 1, r * height + 1, width - 2, height - 2);
      context.fillStyle = style.color;
      context.fillText(cell.innerText.trim(), (c + 0.5) * width, (r + 0.5) * height, width - 8);
    });
  });
  return canvas;
};

const pieces = async (theme: Theme): Promise<readonly Piece[]> => {
  const found: Piece[] = [];
  for (const element of document.querySelectorAll('[data-export], [data-map]')) {
    const title = element.getAttribute('data-export') ?? 'loss by method and τ';
    const colour = element.getAttribute('data-colour') ?? undefined;
    if (element instanceof HTMLCanvasElement)
      found.push({ title, colour, image: element, width: element.width, height: element.height });
    else if (element instanceof SVGSVGElement) {
      const { width, height } = element.viewBox.baseVal;
      found.push({ title, colour, image: await ofSvg(element), width, height });
    } else if (element instanceof HTMLTableElement) {
      const image = ofTable(element, theme);
      found.push({ title, colour, image, width: image.width, height: image.height });
    }
  }
  return found;
};

const [COLUMN, GAP, HEAD] = [520, 24, 26];

/** One PNG of all pictures of the page, two beside each other, with the title above and the address below. */
export const savePng = async (title: string, theme: Theme, name: string): Promise<void> => {
  const all = await pieces(theme);
  const { ground, text, quiet } = ink(theme);
  const columns = Math.min(2, Math.max(1, all.length));
  const tops = Array.from({ length: columns }, () => 64);
  const placed = all.map((piece) => {
    const column = tops.indexOf(Math.min(...tops));
    const height = (COLUMN * piece.height) / Math.max(1, piece.width);
    const top = tops[column] ?? 0;
    tops[column] = top + HEAD + height + GAP;
    return { ...piece, left: GAP + column * (COLUMN + GAP), top, height };
  });
  const canvas = document.createElement('canvas');
  canvas.width = GAP + columns * (COLUMN + GAP);
  canvas.height = Math.max(...tops) + 30;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.fillStyle = ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = text;
  context.font = '600 22px system-ui, sans-serif';
  context.fillText(title, GAP, 40);
  context.font = '15px system-ui, sans-serif';
  for (const { title: name_, colour, image, left, top, height } of placed) {
    context.fillStyle = colour ?? quiet;
    context.fillText(name_, left, top + 16);
    context.drawImage(image, left, top + HEAD, COLUMN, height);
  }
  context.fillStyle = quiet;
  context.font = '12px system-ui, sans-serif';
  context.fillText('proxprop playground', GAP, canvas.height - 14);
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/png');
  });
  if (blob !== null) save(blob, name);
};
