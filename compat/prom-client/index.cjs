// What `require("prom-client")` gives where an override names this package.

module.exports = require("tallystick/prom-client");
