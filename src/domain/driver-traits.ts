import { z } from 'zod';

/** The kind of program that a session's device runs on. Credentials of one engine are of no use to another. */
export const engineSchema = z.enum(['browser', 'simulated']);
export type Engine = z.infer<typeof engineSchema>;

/** The properties of a driver that other parts depend on. They read these, and never compare a driver's name. */
export interface DriverTraits {
  readonly engine: Engine;
  /** Each device has processes of its own: they weigh on the host, and have a memory and a version to tell. */
  readonly hasProcesses: boolean;
  /** The profile's files hold the login: a process that reads them can take over the account. */
  readonly holdsSecrets: boolean;
  /** The driver simulates phones, and its clock may be turned. */
  readonly playsPhones: boolean;
  /** How many sessions a host runs at once where nothing is set: by what each takes of it, or a plain number. */
  readonly capacity:
    | { readonly kind: 'by_weight'; readonly memoryBytes: number; readonly perCore: number }
    | { readonly kind: 'fixed'; readonly sessions: number };
  /** Parts of the host's memory and processor in use from which on nothing is launched where nothing is set; 0: never. */
  readonly pressure: { readonly memory: number; readonly cpu: number };
}

const MIB = 2 ** 20;

/** The traits of each driver, by the name that `DRIVER` has for it. */
export const DRIVER_TRAITS = {
  'whatsapp-web.js': {
    engine: 'browser',
    hasProcesses: true,
    holdsSecrets: true,
    playsPhones: false,
    // An account in real use, browser and all; busy ones take more, idle ones half. Pages mostly wait, but a core
    // renders, decrypts and syncs for only so many.
    capacity: { kind: 'by_weight', memoryBytes: 400 * MIB, perCore: 10 },
    pressure: { memory: 0.9, cpu: 0.95 },
  },
  simulated: {
    engine: 'simulated',
    hasProcesses: false,
    holdsSecrets: false,
    playsPhones: true,
    // A session costs a few objects, so a full host is no reason to hold one back either.
    capacity: { kind: 'fixed', sessions: 10_000 },
    pressure: { memory: 0, cpu: 0 },
  },
} as const satisfies Record<string, DriverTraits>;
