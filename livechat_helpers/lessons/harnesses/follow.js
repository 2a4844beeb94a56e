(async () => {
  const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
  function makeLog(distance) {
    const log = document.createElement('div');
    log.style = 'height: 400px; overflow: auto';
    log.grow = height => {
      const child = document.createElement('div');
      child.style = `height: ${height}px`;
      log.append(child);
    };
    log.grow(1000);
    document.body.append(log);
    log.scrollTop = 600 - distance;
    return log;
  }
  async function tried(distance, height) {
    const log = makeLog(distance);
    const before = log.scrollTop;
    const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    let added = 0;
    await follow(log, () => { added += 1; log.grow(height); });
    const stays = () => log.scrollTop === before;
    for (let wait = 0; wait < 8 && !atEnd() && !(wait > 2 && stays()); wait += 1) {
      await pause(100); // it may wait for the next frame
    }
    return { added, atEnd: atEnd(), moved: log.scrollTop - before };
  }
  const all = height => Promise.all(distances.map(distance => tried(distance, height)));
  return { short: await all(20), tall: await all(100) };
})()
