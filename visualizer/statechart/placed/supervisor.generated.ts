// Made by `npm run machines:export` from the machine of this name. Not to be edited.
import type { PlacedChart } from '../placed-chart.ts';

export const supervisorChart: PlacedChart = {
  graph: {
    id: "supervisor",
    description: "One node: admits launches in order, restarts what failed, stops what thrashes, drains on request.",
    nodes: [
      {"id":"supervisor","key":"supervisor","parent":null,"type":"compound","initial":"supervisor.restoring","description":"One node: admits launches in order, restarts what failed, stops what thrashes, drains on request.","tags":[],"entry":[],"exit":[],"invoke":[]},
      {"id":"supervisor.restoring","key":"restoring","parent":"supervisor","type":"atomic","description":"Sessions of an earlier run come back. Nobody launches before they are here, so that the last active ones go first.","tags":[],"entry":[],"exit":[],"invoke":[]},
      {"id":"supervisor.running","key":"running","parent":"supervisor","type":"atomic","description":"Launches are granted as slots come free.","tags":[],"entry":[],"exit":[],"invoke":[]},
      {"id":"supervisor.draining","key":"draining","parent":"supervisor","type":"atomic","description":"No more launches; every session gives its browser back.","tags":[],"entry":[{"type":"drainSessions"}],"exit":[],"invoke":[]},
      {"id":"supervisor.drained","key":"drained","parent":"supervisor","type":"final","description":"Nothing runs here any more.","tags":[],"entry":[],"exit":[],"invoke":[]},
    ],
    edges: [
      {"id":"supervisor:session.claimed:0","source":"supervisor","target":null,"event":"session.claimed","guard":null,"actions":[{"type":"admit"}],"description":"This node owns one more session.","internal":true},
      {"id":"supervisor:session.released:0","source":"supervisor","target":null,"event":"session.released","guard":null,"actions":[{"type":"forget"}],"description":"It let go of one.","internal":true},
      {"id":"supervisor:launch.requested:0","source":"supervisor","target":null,"event":"launch.requested","guard":{"type":"isOurs"},"actions":[{"type":"enqueueLaunch"}],"description":"A session of ours wants to launch a browser.","internal":true},
      {"id":"supervisor:launch.withdrawn:0","source":"supervisor","target":null,"event":"launch.withdrawn","guard":null,"actions":[{"type":"withdrawLaunch"}],"description":"It no longer wants to.","internal":true},
      {"id":"supervisor:launch.settled:0","source":"supervisor","target":null,"event":"launch.settled","guard":null,"actions":[{"type":"settleLaunch"}],"description":"Its browser is up, or gone: the slot is free.","internal":true},
      {"id":"supervisor:launches.limited:0","source":"supervisor","target":null,"event":"launches.limited","guard":null,"actions":[{"type":"limitLaunches"}],"description":"Launches fail, or resources are short: fewer at once, or none.","internal":true},
      {"id":"supervisor:session.failed:0","source":"supervisor","target":null,"event":"session.failed","guard":{"type":"isOutage"},"actions":[{"type":"retryLater"}],"description":"An outage says nothing against it: once more, for ever, and outside the intensity.","internal":true},
      {"id":"supervisor:session.failed:1","source":"supervisor","target":null,"event":"session.failed","guard":{"type":"isWithinIntensity"},"actions":[{"type":"restartSession"}],"description":"Within the intensity: once more, with a longer wait each time.","internal":true},
      {"id":"supervisor:session.failed:2","source":"supervisor","target":null,"event":"session.failed","guard":null,"actions":[{"type":"parkSession"}],"description":"It thrashes: stop it.","internal":true},
      {"id":"supervisor.restoring:node.drain:0","source":"supervisor.restoring","target":"supervisor.draining","event":"node.drain","guard":null,"actions":[],"description":"It is told to stop before it has begun.","internal":false},
      {"id":"supervisor.restoring:after restoreTimeout:0","source":"supervisor.restoring","target":"supervisor.running","delay":"restoreTimeout","guard":null,"actions":[],"description":"Do not wait for those that another node has taken.","internal":false},
      {"id":"supervisor.restoring:always:0","source":"supervisor.restoring","target":"supervisor.running","always":true,"guard":{"type":"areAllHere"},"actions":[],"description":"Everybody is here.","internal":false},
      {"id":"supervisor.running:node.drain:0","source":"supervisor.running","target":"supervisor.draining","event":"node.drain","guard":null,"actions":[],"description":"Shut down in order.","internal":false},
      {"id":"supervisor.running:always:0","source":"supervisor.running","target":null,"always":true,"guard":{"type":"isFree"},"actions":[{"type":"grantLaunch"}],"description":"A slot is free and somebody waits.","internal":true},
      {"id":"supervisor.draining:session.claimed:0","source":"supervisor.draining","target":null,"event":"session.claimed","guard":null,"actions":[{"type":"admit"},{"type":"drainSessions"}],"description":"It came too late to hear of the drain: say it again.","internal":true},
      {"id":"supervisor.draining:after shutdownTimeout:0","source":"supervisor.draining","target":"supervisor.drained","delay":"shutdownTimeout","guard":null,"actions":[],"description":"The rest is killed.","internal":false},
      {"id":"supervisor.draining:always:0","source":"supervisor.draining","target":"supervisor.drained","always":true,"guard":{"type":"isEmpty"},"actions":[],"description":"Nobody is left.","internal":false},
    ],
  },
  width: 362,
  height: 433,
  states: [
    {"id":"supervisor","parent":null,"depth":0,"x":24,"y":24,"width":314,"height":385},
    {"id":"supervisor.restoring","parent":"supervisor","depth":1,"x":139,"y":90,"width":100,"height":30},
    {"id":"supervisor.running","parent":"supervisor","depth":1,"x":130,"y":186,"width":84,"height":30},
    {"id":"supervisor.draining","parent":"supervisor","depth":1,"x":141,"y":267,"width":92,"height":30},
    {"id":"supervisor.drained","parent":"supervisor","depth":1,"x":145,"y":361,"width":84,"height":30},
  ],
  starts: [
    {"of":"supervisor","dot":{"x":184,"y":66,"width":10,"height":10},"points":[{"x":189,"y":76},{"x":189,"y":90}]},
  ],
  routes: [
    {"id":"supervisor.restoring>supervisor.draining","source":"supervisor.restoring","target":"supervisor.draining","points":[{"x":206,"y":120},{"x":206,"y":128},{"x":236,"y":128},{"x":236,"y":259},{"x":202,"y":259},{"x":202,"y":267}],"label":{"x":240,"y":190.5,"width":80,"height":21},"lines":[{"kind":"event","text":"node.drain","guard":null,"edges":["supervisor.restoring:node.drain:0"]}],"standIn":null},
    {"id":"supervisor.restoring>supervisor.running","source":"supervisor.restoring","target":"supervisor.running","points":[{"x":172,"y":120},{"x":172,"y":186}],"label":{"x":42,"y":136,"width":127,"height":36},"lines":[{"kind":"delay","text":"restoreTimeout","guard":null,"edges":["supervisor.restoring:after restoreTimeout:0"]},{"kind":"always","text":"","guard":"areAllHere","edges":["supervisor.restoring:always:0"]}],"standIn":null},
    {"id":"supervisor.running>supervisor.draining","source":"supervisor.running","target":"supervisor.draining","points":[{"x":172,"y":216},{"x":172,"y":267}],"label":{"x":89,"y":230,"width":80,"height":21},"lines":[{"kind":"event","text":"node.drain","guard":null,"edges":["supervisor.running:node.drain:0"]}],"standIn":null},
    {"id":"supervisor.draining>supervisor.drained","source":"supervisor.draining","target":"supervisor.drained","points":[{"x":187,"y":297},{"x":187,"y":361}],"label":{"x":51,"y":311,"width":133,"height":36},"lines":[{"kind":"delay","text":"shutdownTimeout","guard":null,"edges":["supervisor.draining:after shutdownTimeout:0"]},{"kind":"always","text":"","guard":"isEmpty","edges":["supervisor.draining:always:0"]}],"standIn":null},
  ],
};
