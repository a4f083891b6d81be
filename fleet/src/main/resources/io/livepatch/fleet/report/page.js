'use strict';
// Draws what the page's data have; a chart that has none is not made. Times are seconds since the common start, latencies milliseconds.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const color = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const drawn = new Set();
  let charts = [];

  const clock = s => {
    const whole = Math.round(s), h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60;
    const two = n => String(n).padStart(2, '0');
    return (h ? h + ':' + two(m) : m) + ':' + two(whole % 60);
  };
  const digits = v => v >= 99.5 ? v.toFixed(0) : v >= 9.95 ? v.toFixed(1) : v.toFixed(2);
  const time = ms => ms < 0.9995 ? Math.round(ms * 1000) + ' µs' : ms < 999.5 ? digits(ms) + ' ms' : digits(ms / 1000) + ' s';
  const tick = ms => ms >= 1000 ? ms / 1000 + ' s' : ms >= 1 ? ms + ' ms' : Math.round(ms * 1000) + ' µs';
  const count = v => v.toLocaleString('en', {maximumFractionDigits: 1});
  const some = values => values && values.some(v => v);

  // Events as lines, times with too little load as bands, the warm-up as another, on every axis of time; what they are called lies above the curves.
  const marks = {
    id: 'marks',
    beforeDatasetsDraw: within((ctx, area, x, judged) => {
      ctx.fillStyle = color('cold');
      if (judged) ctx.fillRect(area.left, area.top, x(judged) - area.left, area.height);
      ctx.fillStyle = color('band');
      data.bands.forEach(band => {
        const from = x(band.from);
        ctx.fillRect(from, area.top, Math.max(2, x(band.to) - from), area.height);
      });
      ctx.strokeStyle = color('mark');
      ctx.setLineDash([4, 3]);
      data.marks.forEach(mark => {
        ctx.beginPath();
        ctx.moveTo(x(mark.at), area.top);
        ctx.lineTo(x(mark.at), area.bottom);
        ctx.stroke();
      });
    }),
    afterDatasetsDraw: within((ctx, area, x, judged) => {
      const named = data.bands.map(band => ({at: x(band.from), text: band.text, hue: 'failed'}))
        .concat(data.marks.map(mark => ({at: x(mark.at), text: mark.text, hue: 'mark'})))
        .concat(judged ? [{at: x(judged), text: 'judged from here', hue: 'faint'}] : [])
        .sort((one, other) => one.at - other.at);
      let last = -Infinity;
      named.forEach(name => {
        // Those that would lie upon each other are left to the table of events.
        if (name.at - last < 14) return;
        label(ctx, name, area);
        last = name.at;
      });
    })
  };
  function within(paint) {
    return (chart, _, options) => {
      if (!options.on) return;
      const {ctx, chartArea: area, scales: {x}} = chart;
      ctx.save();
      ctx.beginPath();
      ctx.rect(area.left, area.top, area.width, area.height);
      ctx.clip();
      paint(ctx, area, at => x.getPixelForValue(at), options.judged);
      ctx.restore();
    };
  }
  function label(ctx, name, area) {
    const text = name.text.length > 32 ? name.text.slice(0, 31) + '…' : name.text;
    ctx.save();
    // On the left of its line, unless there is no room.
    ctx.translate(name.at - area.left > 14 ? name.at - 4 : name.at + 11, area.top + 4);
    ctx.rotate(-Math.PI / 2);
    ctx.textAlign = 'right';
    ctx.font = '11px system-ui, sans-serif';
    ctx.lineWidth = 4;
    ctx.lineJoin = 'round';
    ctx.strokeStyle = color('card');
    ctx.strokeText(text, 0, 0);
    ctx.fillStyle = color(name.hue);
    ctx.fillText(text, 0, 0);
    ctx.restore();
  }
  const witness = {
    id: 'witness',
    afterDraw(chart) {
      drawn.add(chart.canvas.id);
      document.documentElement.dataset.drawn = drawn.size;
    }
  };

  const line = (name, values, hue, more) => ({
    label: name, data: values, borderColor: color(hue), backgroundColor: color(hue), borderWidth: 1.6, pointRadius: 0, pointHitRadius: 8, tension: 0, ...more
  });
  const dashed = {borderDash: [5, 4]};
  const points = (flock, values) => flock.seconds.map((s, i) => ({x: s, y: values[i]}));
  const titled = text => ({display: true, text});
  const grid = () => ({color: color('grid')});

  const base = (x, y, read, more) => ({
    animation: false, responsive: true, maintainAspectRatio: false, normalized: true,
    interaction: {mode: 'index', intersect: false},
    scales: {x: {grid: grid(), ...x}, y: {grid: grid(), ...y}},
    plugins: {
      legend: {position: 'bottom', labels: {boxWidth: 24, boxHeight: 1}},
      tooltip: {callbacks: {label: item => item.dataset.label + ': ' + read(item.parsed)}},
      ...more
    }
  });
  const overTime = (flock, y, read) => {
    const options = base({
      type: 'linear', min: 0, max: flock.end, title: titled('time since start (min:s)'),
      ticks: {callback: clock, maxRotation: 0, autoSkipPadding: 16, stepSize: step(flock.end)}
    }, y, read, {marks: {on: true, judged: flock.judged}});
    options.plugins.tooltip.callbacks.title = items => clock(items[0].parsed.x);
    return options;
  };
  const step = end => [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400].find(s => end / s <= 12) || 86400;
  const latencyAxis = () => ({
    type: 'logarithmic', title: titled('latency (log)'),
    ticks: {
      callback(v) {
        const first = v / 10 ** Math.floor(Math.log10(v) + 1e-9);
        const shown = this.max / this.min < 2000 ? [1, 2, 5] : [1];
        return shown.some(digit => Math.abs(first - digit) < 1e-6) ? tick(v) : '';
      }
    }
  });

  function show(home, id, title, note, config) {
    const figure = document.createElement('figure'), caption = document.createElement('figcaption'), small = document.createElement('small');
    const box = document.createElement('div'), canvas = document.createElement('canvas');
    caption.textContent = title;
    small.textContent = note;
    caption.append(small);
    box.className = 'canvas';
    canvas.id = id;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', title + '. ' + note);
    box.append(canvas);
    figure.append(caption, box);
    home.append(figure);
    charts.push(new Chart(canvas, {...config, plugins: [marks, witness]}));
  }

  function rates(home, flock, id) {
    const sets = [];
    if (some(flock.plan)) sets.push(line('planned', points(flock, flock.plan), 'offered', {borderDash: [2, 3], order: 5}));
    if (some(flock.offered)) sets.push(line('offered', points(flock, flock.offered), 'offered', {order: 4}));
    if (some(flock.done)) sets.push(line('achieved', points(flock, flock.done), 'done', {order: 3}));
    if (some(flock.failed)) sets.push(line('failed', points(flock, flock.failed), 'failed', {fill: true, order: 1}));
    if (some(flock.refused)) sets.push(line('refused', points(flock, flock.refused), 'refused', {order: 2}));
    if (sets.length) show(home, id, 'Rate', 'iterations per second', {
      type: 'line', data: {datasets: sets},
      options: overTime(flock, {beginAtZero: true, title: titled('iterations per second')}, p => count(p.y) + ' /s')
    });
  }

  function latencies(home, flock, id) {
    if (!some(flock.response.p50)) return;
    const sets = [['p50', 'p50'], ['p99', 'p99'], ['max', 'max']].flatMap(([name, hue]) => [
      line(name, points(flock, flock.response[name]), hue, {spanGaps: false}),
      line('service ' + name, points(flock, flock.service[name]), hue, dashed)
    ]);
    show(home, id, 'Latency', 'response from the intended moment; dashed: service time, what a closed model would have shown', {
      type: 'line', data: {datasets: sets}, options: overTime(flock, latencyAxis(), p => time(p.y))
    });
  }

  function percentiles(home, flock, id) {
    if (!flock.curve.length) return;
    const at = flock.curve.map(point => 1 / (1 - point.part));
    const curve = name => flock.curve.map((point, i) => ({x: at[i], y: point[name]}));
    const percent = x => Number((100 * (1 - 1 / x)).toFixed(2)) + ' %';
    const options = base({
      type: 'logarithmic', min: 1, max: 10000, title: titled('percentile (log)'),
      afterBuildTicks: axis => { axis.ticks = [2, 10, 100, 1000, 10000].map(value => ({value})); },
      ticks: {callback: percent, autoSkip: false, maxRotation: 0}
    }, latencyAxis(), p => time(p.y));
    options.plugins.tooltip.callbacks.title = items => percent(items[0].parsed.x);
    show(home, id, 'Percentiles', (flock.judged ? 'of what was judged' : 'of the whole run') + '; the gap to the dashed line is what waiting for slow answers hides from a closed model', {
      type: 'line',
      data: {datasets: [line('response', curve('response'), 'p99'), line('service (closed model)', curve('service'), 'p99', dashed)]},
      options
    });
  }

  function bars(home, id, title, note, entries, hue, unit) {
    const all = entries.reduce((sum, entry) => sum + entry.count, 0);
    if (!all) return;
    const options = base({beginAtZero: true, title: titled(unit), ticks: {precision: 0, maxRotation: 0, autoSkipPadding: 16}}, {grid: {display: false}}, p => count(p.x) + ' (' + (100 * p.x / all).toFixed(1) + ' %)');
    options.indexAxis = 'y';
    options.interaction = {mode: 'index', axis: 'y', intersect: false};
    options.plugins.legend.display = false;
    show(home, id, title, note, {
      type: 'bar',
      data: {labels: entries.map(entry => entry.name), datasets: [{label: unit, data: entries.map(entry => entry.count), backgroundColor: color(hue), maxBarThickness: 26}]},
      options
    });
  }

  function machines(home, flock, id) {
    if (some(flock.machines)) show(home, id, 'Machines', 'alive', {
      type: 'line', data: {datasets: [line('machines', points(flock, flock.machines), 'done', {fill: false})]},
      options: overTime(flock, {beginAtZero: true, title: titled('machines'), ticks: {precision: 0}}, p => count(p.y))
    });
  }

  function draw() {
    charts.forEach(chart => chart.destroy());
    charts = [];
    Chart.defaults.color = color('faint');
    Chart.defaults.font.family = 'system-ui, sans-serif';
    data.flocks.forEach((flock, i) => {
      const home = document.getElementById('charts-' + i);
      home.replaceChildren();
      rates(home, flock, 'rate-' + i);
      latencies(home, flock, 'latency-' + i);
      percentiles(home, flock, 'percentiles-' + i);
      bars(home, 'errors-' + i, 'Errors by kind', 'failed iterations', flock.errors, 'failed', 'iterations');
      bars(home, 'units-' + i, 'Share per unit', 'imbalance ' + (flock.imbalance || 0).toFixed(2) + ' (busiest ÷ mean; 1 is even)', flock.units, 'done', 'answers');
      machines(home, flock, 'machines-' + i);
    });
  }

  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
})();
