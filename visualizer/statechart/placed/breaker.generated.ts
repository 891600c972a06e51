// Made by `npm run machines:export` from the machine of this name. Not to be edited.
import type { PlacedChart } from '../placed-chart.ts';

export const breakerChart: PlacedChart = {
  graph: {
    id: "breaker",
    description: "Holds every launch of a node back while launches fail in a row, lets one try, and resumes a few at a time.",
    nodes: [
      {"id":"breaker","key":"breaker","parent":null,"type":"compound","initial":"breaker.closed","description":"Holds every launch of a node back while launches fail in a row, lets one try, and resumes a few at a time.","tags":[],"entry":[],"exit":[],"invoke":[]},
      {"id":"breaker.closed","key":"closed","parent":"breaker","type":"atomic","description":"Launches go on.","tags":[],"entry":[{"type":"tell","params":{"state":"closed"}},{"type":"allowAll"},{"type":"forgetFailures"}],"exit":[],"invoke":[]},
      {"id":"breaker.open","key":"open","parent":"breaker","type":"atomic","description":"Nobody launches.","tags":[],"entry":[{"type":"tell","params":{"state":"open"}},{"type":"allowNone"}],"exit":[],"invoke":[]},
      {"id":"breaker.half_open","key":"half_open","parent":"breaker","type":"atomic","description":"One session tries, as the canary of all.","tags":[],"entry":[{"type":"tell","params":{"state":"half_open"}},{"type":"allowOne"}],"exit":[],"invoke":[]},
      {"id":"breaker.resuming","key":"resuming","parent":"breaker","type":"atomic","description":"Launches resume: one, then twice as many with each that comes up, so that those who waited do not come all at once.","tags":[],"entry":[{"type":"tell","params":{"state":"resuming"}},{"type":"allowOne"}],"exit":[],"invoke":[]},
    ],
    edges: [
      {"id":"breaker:launch.abandoned:0","source":"breaker","target":null,"event":"launch.abandoned","guard":null,"actions":[],"description":"It says nothing about the page.","internal":true},
      {"id":"breaker.closed:launch.up:0","source":"breaker.closed","target":null,"event":"launch.up","guard":null,"actions":[{"type":"forgetFailures"}],"description":"The page comes up.","internal":true},
      {"id":"breaker.closed:launch.failed:0","source":"breaker.closed","target":"breaker.open","event":"launch.failed","guard":{"type":"isLastStraw"},"actions":[],"description":"Too many in a row: it is not the fault of one session.","internal":false},
      {"id":"breaker.closed:launch.failed:1","source":"breaker.closed","target":null,"event":"launch.failed","guard":null,"actions":[{"type":"countFailure"}],"description":"One session may have bad luck.","internal":true},
      {"id":"breaker.open:launch.up:0","source":"breaker.open","target":"breaker.resuming","event":"launch.up","guard":null,"actions":[],"description":"One that began before has come up after all: the page is back.","internal":false},
      {"id":"breaker.open:launch.failed:0","source":"breaker.open","target":null,"event":"launch.failed","guard":null,"actions":[],"description":"One that began before: nothing new.","internal":true},
      {"id":"breaker.open:after reset:0","source":"breaker.open","target":"breaker.half_open","delay":"reset","guard":null,"actions":[],"description":"Time to see whether it has passed.","internal":false},
      {"id":"breaker.half_open:launch.up:0","source":"breaker.half_open","target":"breaker.resuming","event":"launch.up","guard":null,"actions":[],"description":"It came up: the others may follow.","internal":false},
      {"id":"breaker.half_open:launch.failed:0","source":"breaker.half_open","target":"breaker.open","event":"launch.failed","guard":null,"actions":[],"description":"Not yet.","internal":false},
      {"id":"breaker.resuming:launch.up:0","source":"breaker.resuming","target":"breaker.closed","event":"launch.up","guard":{"type":"isNearlyFull"},"actions":[],"description":"That was the last step.","internal":false},
      {"id":"breaker.resuming:launch.up:1","source":"breaker.resuming","target":null,"event":"launch.up","guard":null,"actions":[{"type":"widen"}],"description":"Twice as many.","internal":true},
      {"id":"breaker.resuming:launch.failed:0","source":"breaker.resuming","target":"breaker.open","event":"launch.failed","guard":null,"actions":[],"description":"It has not passed after all.","internal":false},
    ],
  },
  width: 755,
  height: 328,
  states: [
    {"id":"breaker","parent":null,"depth":0,"x":24,"y":24,"width":707,"height":280},
    {"id":"breaker.closed","parent":"breaker","depth":1,"x":194,"y":90,"width":76,"height":30},
    {"id":"breaker.open","parent":"breaker","depth":1,"x":500,"y":173,"width":72,"height":30},
    {"id":"breaker.half_open","parent":"breaker","depth":1,"x":518,"y":90,"width":100,"height":30},
    {"id":"breaker.resuming","parent":"breaker","depth":1,"x":492,"y":256,"width":92,"height":30},
  ],
  starts: [
    {"of":"breaker","dot":{"x":227,"y":66,"width":10,"height":10},"points":[{"x":232,"y":76},{"x":232,"y":90}]},
  ],
  routes: [
    {"id":"breaker.closed>breaker.open","source":"breaker.closed","target":"breaker.open","points":[{"x":245,"y":120},{"x":245,"y":128},{"x":429,"y":128},{"x":429,"y":165},{"x":518,"y":165},{"x":518,"y":173}],"label":{"x":232,"y":136,"width":194,"height":21},"lines":[{"kind":"event","text":"launch.failed","guard":"isLastStraw","edges":["breaker.closed:launch.failed:0"]}],"standIn":null},
    {"id":"breaker.open>breaker.resuming","source":"breaker.open","target":"breaker.resuming","points":[{"x":548,"y":203},{"x":548,"y":211},{"x":547,"y":211},{"x":547,"y":256}],"label":{"x":551,"y":219,"width":73,"height":21},"lines":[{"kind":"event","text":"launch.up","guard":null,"edges":["breaker.open:launch.up:0"]}],"standIn":null},
    {"id":"breaker.open>breaker.half_open","source":"breaker.open","target":"breaker.half_open","points":[{"x":554,"y":173},{"x":554,"y":128},{"x":568,"y":128},{"x":568,"y":120}],"label":{"x":558,"y":136,"width":66,"height":21},"lines":[{"kind":"delay","text":"reset","guard":null,"edges":["breaker.open:after reset:0"]}],"standIn":null},
    {"id":"breaker.half_open>breaker.resuming","source":"breaker.half_open","target":"breaker.resuming","points":[{"x":593,"y":120},{"x":593,"y":128},{"x":636,"y":128},{"x":636,"y":248},{"x":566,"y":248},{"x":566,"y":256}],"label":{"x":640,"y":177.5,"width":73,"height":21},"lines":[{"kind":"event","text":"launch.up","guard":null,"edges":["breaker.half_open:launch.up:0"]}],"standIn":null},
    {"id":"breaker.half_open>breaker.open","source":"breaker.half_open","target":"breaker.open","points":[{"x":543,"y":120},{"x":543,"y":165},{"x":536,"y":165},{"x":536,"y":173}],"label":{"x":440,"y":136,"width":100,"height":21},"lines":[{"kind":"event","text":"launch.failed","guard":null,"edges":["breaker.half_open:launch.failed:0"]}],"standIn":null},
    {"id":"breaker.resuming>breaker.closed","source":"breaker.resuming","target":"breaker.closed","points":[{"x":510,"y":256},{"x":510,"y":248},{"x":219,"y":248},{"x":219,"y":120}],"label":{"x":42,"y":177.5,"width":174,"height":21},"lines":[{"kind":"event","text":"launch.up","guard":"isNearlyFull","edges":["breaker.resuming:launch.up:0"]}],"standIn":null},
    {"id":"breaker.resuming>breaker.open","source":"breaker.resuming","target":"breaker.open","points":[{"x":529,"y":256},{"x":529,"y":211},{"x":524,"y":211},{"x":524,"y":203}],"label":{"x":426,"y":219,"width":100,"height":21},"lines":[{"kind":"event","text":"launch.failed","guard":null,"edges":["breaker.resuming:launch.failed:0"]}],"standIn":null},
  ],
};
