"use strict";

Redoc.init("/openapi.json", {
  hideDownloadButton: true,
  scrollYOffset: ".bar",
  theme: {
    colors: { primary: { main: "#1f6f5c" } },
    sidebar: { backgroundColor: "#f4f4f0" },
    rightPanel: { backgroundColor: "#15202b" },
    typography: {
      fontFamily: "system-ui, sans-serif",
      headings: { fontFamily: "system-ui, sans-serif" },
      code: { fontFamily: "ui-monospace, monospace" },
    },
  },
}, document.getElementById("api"));
