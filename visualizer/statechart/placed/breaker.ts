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
  width: 619,
  height: 442,
  states: [
    {"id":"breaker","parent":null,"depth":0,"x":24,"y":24,"width":571,"height":394},
    {"id":"breaker.closed","parent":"breaker","depth":1,"x":206,"y":262,"width":76,"height":30},
    {"id":"breaker.open","parent":"breaker","depth":1,"x":344,"y":370,"width":72,"height":30},
    {"id":"breaker.half_open","parent":"breaker","depth":1,"x":398,"y":66,"width":100,"height":30},
    {"id":"breaker.resuming","parent":"breaker","depth":1,"x":122,"y":163,"width":92,"height":30},
  ],
  starts: [
    {"of":"breaker","dot":{"x":358,"y":228,"width":10,"height":10},"points":[{"x":363,"y":238},{"x":363,"y":250},{"x":257,"y":250},{"x":257,"y":262}]},
  ],
  routes: [
    {"id":"breaker.closed>breaker.open","source":"breaker.closed","target":"breaker.open","points":[{"x":244,"y":292},{"x":244,"y":304},{"x":367,"y":304},{"x":367,"y":349},{"x":368,"y":349},{"x":368,"y":370}],"label":{"x":170,"y":316,"width":194,"height":21},"lines":[{"kind":"event","text":"launch.failed","guard":"isLastStraw","edges":["breaker.closed:launch.failed:0"]}],"standIn":null},
    {"id":"breaker.open>breaker.resuming","source":"breaker.open","target":"breaker.resuming","points":[{"x":380,"y":370},{"x":380,"y":205},{"x":191,"y":205},{"x":191,"y":193}],"label":{"x":304,"y":266.5,"width":73,"height":21},"lines":[{"kind":"event","text":"launch.up","guard":null,"edges":["breaker.open:launch.up:0"]}],"standIn":null},
    {"id":"breaker.open>breaker.half_open","source":"breaker.open","target":"breaker.half_open","points":[{"x":392,"y":370},{"x":392,"y":349},{"x":462,"y":349},{"x":462,"y":108},{"x":448,"y":108},{"x":448,"y":96}],"label":{"x":393,"y":217,"width":66,"height":21},"lines":[{"kind":"delay","text":"reset","guard":null,"edges":["breaker.open:after reset:0"]}],"standIn":null},
    {"id":"breaker.half_open>breaker.resuming","source":"breaker.half_open","target":"breaker.resuming","points":[{"x":423,"y":96},{"x":423,"y":108},{"x":168,"y":108},{"x":168,"y":163}],"label":{"x":92,"y":120,"width":73,"height":21},"lines":[{"kind":"event","text":"launch.up","guard":null,"edges":["breaker.half_open:launch.up:0"]}],"standIn":null},
    {"id":"breaker.half_open>breaker.open","source":"breaker.half_open","target":"breaker.open","points":[{"x":473,"y":96},{"x":473,"y":358},{"x":404,"y":358},{"x":404,"y":370}],"label":{"x":477,"y":217,"width":100,"height":21},"lines":[{"kind":"event","text":"launch.failed","guard":null,"edges":["breaker.half_open:launch.failed:0"]}],"standIn":null},
    {"id":"breaker.resuming>breaker.closed","source":"breaker.resuming","target":"breaker.closed","points":[{"x":168,"y":193},{"x":168,"y":205},{"x":158,"y":205},{"x":158,"y":250},{"x":231,"y":250},{"x":231,"y":262}],"label":{"x":162,"y":217,"width":174,"height":21},"lines":[{"kind":"event","text":"launch.up","guard":"isNearlyFull","edges":["breaker.resuming:launch.up:0"]}],"standIn":null},
    {"id":"breaker.resuming>breaker.open","source":"breaker.resuming","target":"breaker.open","points":[{"x":145,"y":193},{"x":145,"y":349},{"x":356,"y":349},{"x":356,"y":370}],"label":{"x":42,"y":266.5,"width":100,"height":21},"lines":[{"kind":"event","text":"launch.failed","guard":null,"edges":["breaker.resuming:launch.failed:0"]}],"standIn":null},
  ],
};
