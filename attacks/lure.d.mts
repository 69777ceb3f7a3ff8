export interface Lure extends AsyncDisposable {
  readonly port: number;
  readonly visits: number;
}

export function openLure(port?: number): Promise<Lure>;
