// As much of uPlot (MIT, https://github.com/leeoniya/uPlot) as the page uses. Its own types are those of a CommonJS module.

declare module "uplot/dist/uPlot.esm.js" {
  export type Data = readonly (readonly (number | null)[])[];

  export interface Chart {
    readonly root: HTMLElement;
    readonly ctx: CanvasRenderingContext2D;
    readonly data: Data;
    readonly cursor: { readonly idx?: number | null };
    /** In the canvas's own pixels. */
    readonly bbox: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
    setData(data: Data): void;
    setSize(size: { readonly width: number; readonly height: number }): void;
    valToPos(value: number, scale: string, isOfCanvas: boolean): number;
    destroy(): void;
  }

  export type Options = Readonly<Record<string, unknown>>;

  const uPlot: new (options: Options, data: Data, into: HTMLElement) => Chart;
  export default uPlot;
}
