/** The address of the deployment's API. `make extension STAGE_URL=...` puts the real one here. */
export const API = 'https://stage.invalid';
