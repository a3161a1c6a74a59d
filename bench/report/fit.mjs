// Lines by least squares: a slope in time, and the exponent with which a cost grows.

/** `y = intercept + slope · x`, and the standard error of the slope: NaN for two points, which any line meets. */
export function line(points) {
  const count = points.length;
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / count;
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)];
  const varied = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / varied;
  const intercept = meanY - slope * meanX;
  const rest = points.reduce((sum, [x, y]) => sum + (y - intercept - slope * x) ** 2, 0);
  return { slope, intercept, standardError: count > 2 ? Math.sqrt(rest / (count - 2) / varied) : NaN, count };
}

/** `cost = factor · size ^ exponent`: the line of the logarithms. Sizes and costs are above 0. */
export function growth(points) {
  const { slope, intercept, standardError, count } = line(points.map(([size, cost]) => [Math.log(size), Math.log(cost)]));
  return { exponent: slope, factor: Math.exp(intercept), standardError, count };
}
