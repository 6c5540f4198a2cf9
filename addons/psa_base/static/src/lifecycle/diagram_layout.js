/** The layout of a lifecycle's picture: stages on a line, ways forward above it, ways back below it. */

export const NODE = {width: 96, height: 50, gap: 38};
const STEP = NODE.width + NODE.gap;
const MARGIN = 12;
// How high an arc rises for each stage that it passes over.
const RISE = 19;
const ARROW = 7;

function spread(index, count, width) {
    return count === 1 ? 0 : (index / (count - 1) - 0.5) * width;
}

/** Arcs that touch a stage on one side touch it side by side, the one from furthest left leftmost. */
function findDocks(arcs, side) {
    const docks = new Map();
    const byStage = new Map();
    for (const arc of arcs.filter((candidate) => candidate.side === side)) {
        for (const [at, other] of [
            [arc.from, arc.to],
            [arc.to, arc.from],
        ]) {
            byStage.set(at, [...(byStage.get(at) || []), {arc, other}]);
        }
    }
    for (const [at, ends] of byStage) {
        // Of the arcs that come from one direction, longer ones dock further inside, so that they do not cross.
        const rank = ({other}) => (other < at ? -1000 - other : 1000 - other);
        ends.sort((a, b) => rank(a) - rank(b));
        ends.forEach(({arc}, index) => {
            const offset = spread(index, ends.length, Math.min(NODE.width - 26, 20 * (ends.length - 1)));
            docks.set(`${arc.key}@${at}`, offset);
        });
    }
    return docks;
}

export function layOut(stages, moves) {
    const order = new Map(stages.map((stage, index) => [stage.id, index]));
    const arcs = moves
        .filter((move) => order.has(move.fromId) && order.has(move.toId))
        .map((move) => {
            const from = order.get(move.fromId);
            const to = order.get(move.toId);
            const isStraight = to === from + 1;
            return {...move, from, to, isStraight, side: isStraight ? 0 : to > from ? -1 : 1};
        });
    const reach = (side) =>
        Math.max(0, ...arcs.filter((arc) => arc.side === side).map((arc) => Math.abs(arc.to - arc.from)));
    const above = reach(-1) ? reach(-1) * RISE + 34 : 8;
    const below = reach(1) ? reach(1) * RISE + 34 : 8;
    const top = MARGIN + above;
    const centre = (index) => MARGIN + index * STEP + NODE.width / 2;
    const docks = {"-1": findDocks(arcs, -1), 1: findDocks(arcs, 1)};

    return {
        width: 2 * MARGIN + stages.length * STEP - NODE.gap,
        height: top + NODE.height + below + MARGIN,
        nodes: stages.map((stage, index) => ({...stage, x: MARGIN + index * STEP, y: top})),
        arcs: arcs.map((arc) => ({...arc, ...drawArc(arc, centre, top, docks[arc.side])})),
    };
}

function drawArc(arc, centre, top, docks) {
    const middle = top + NODE.height / 2;
    if (arc.isStraight) {
        const start = centre(arc.from) + NODE.width / 2;
        const end = centre(arc.to) - NODE.width / 2;
        return {
            path: `M ${start} ${middle} H ${end - ARROW}`,
            head: `M ${end - ARROW} ${middle - 4} L ${end} ${middle} L ${end - ARROW} ${middle + 4} Z`,
            lock: {x: (start + end) / 2 - 3, y: middle - 11},
        };
    }
    const start = centre(arc.from) + docks.get(`${arc.key}@${arc.from}`);
    const end = centre(arc.to) + docks.get(`${arc.key}@${arc.to}`);
    const edge = arc.side < 0 ? top : top + NODE.height;
    const rise = arc.side * (Math.abs(arc.to - arc.from) * RISE + 22);
    const tip = edge + arc.side * ARROW;
    // A cubic curve reaches three quarters of the way to its handles.
    const handle = edge + (rise * 4) / 3;
    return {
        path: `M ${start} ${edge} C ${start} ${handle} ${end} ${handle} ${end} ${tip}`,
        head: `M ${end - 4} ${tip} L ${end} ${edge} L ${end + 4} ${tip} Z`,
        lock: {x: (start + end) / 2, y: edge + rise},
    };
}
