/** Where the numbers come from, and where those go that only the API knows. */
export interface MetricsSource {
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** A client follows a stream; returns how to say that it has ended, once. */
  streamOpened(): () => void;
}
