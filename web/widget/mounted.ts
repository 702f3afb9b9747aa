/** What the loader gives to the app. It stays as it is: an old loader may meet a new app. */
export interface Place {
  root: ShadowRoot;
  element: HTMLElement;
  launcher: HTMLButtonElement;
  badge: HTMLElement;
  channel: string;
  server: string;
  proof(): string;
  /** Gives the launcher a colour. */
  paint(color: string): void;
}

export interface Mounted {
  open(): void;
  close(): void;
  toggle(): void;
  /** Who speaks has changed, or the element is gone: nothing of this one may act any more. */
  end(): void;
}

export interface AppModule {
  mount(place: Place, open: boolean): Mounted;
}
