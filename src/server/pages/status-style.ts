/** Rules of the status page. */
export const STATUS_STYLE = `
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 0 1.5rem; }
.panels section { min-width: 0; }
.panels .broad { grid-column: 1 / -1; }
.panels h2 { margin-top: 1.4rem; }
.panels dl.facts { grid-template-columns: minmax(7rem, 10rem) minmax(0, 1fr); }
.panels code { overflow-wrap: anywhere; }
meter { vertical-align: middle; inline-size: 8rem; }
`;
