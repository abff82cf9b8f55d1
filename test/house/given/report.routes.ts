export { plannedRoutes, routes } from '../../../src';
