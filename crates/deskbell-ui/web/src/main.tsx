// Starts the page.
import { render } from "preact";
import { App } from "./app";
import { loadAccount } from "./state/account";
import { listen } from "./state/live";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/frame.css";
import "./styles/deliveries.css";
import "./styles/detail.css";
import "./styles/start.css";

const page = document.getElementById("page");
if (page && location.pathname.endsWith("/tester")) {
  // The anonymous tester stands alone: nobody is signed in, so there is no session to ask and no stream to follow.
  void import("./screens/tester/TesterScreen").then(({ TesterScreen }) => render(<TesterScreen />, page));
} else if (page) {
  // Before anything is asked: what happens in between is heard.
  listen();
  void loadAccount();
  render(<App />, page);
}
