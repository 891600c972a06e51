/** One call: what is sent, and what comes back. Both are plain data, since they may cross into another thread. */
export interface Call<Request, Result> {
  readonly request: Request;
  readonly result: Result;
}

/** A function for each call of a table: what an engine implements. Each ends by the signal at the latest. */
export type CallHandlers<Table extends { readonly [Name in keyof Table]: Call<unknown, unknown> }> = {
  readonly [Name in keyof Table]: (
    request: Table[Name]['request'],
    signal: AbortSignal,
  ) => Promise<Table[Name]['result']>;
};
