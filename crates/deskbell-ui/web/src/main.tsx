// Starts the page.
import { render } from "preact";
import { App } from "./app";
import { listen } from "./state/live";
import { loadThings } from "./state/things";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/frame.css";
import "./styles/deliveries.css";
import "./styles/detail.css";
import "./styles/start.css";

// Before anything is asked: what happens in between is heard.
listen();
void loadThings();
const page = document.getElementById("page");
if (page) render(<App />, page);
