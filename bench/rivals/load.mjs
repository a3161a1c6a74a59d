// Imports a rival by its bare name: names resolve from the folder of the file that asks.
export const load = (name) => import(name);
