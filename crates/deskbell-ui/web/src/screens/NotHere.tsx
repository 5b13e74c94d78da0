// An address that names no screen.
import { route } from "../state/route";

export function NotHere() {
  return (
    <div class="reading">
      <h1>Nothing is here</h1>
      <p class="second">
        No screen is called “<bdi>{route.value.screen}</bdi>”. <a href="#/deliveries">Go to the deliveries</a>
      </p>
    </div>
  );
}
