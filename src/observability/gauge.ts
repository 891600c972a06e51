import { Gauge, type GaugeConfiguration, type Registry } from 'prom-client';

/** A gauge of that registry and of no other: left to itself, prom-client has one for the whole process. */
export function addGauge<Label extends string = never>(
  registry: Registry,
  config: Omit<GaugeConfiguration<Label>, 'registers'>,
): Gauge<Label> {
  return new Gauge({ ...config, registers: [registry] });
}
