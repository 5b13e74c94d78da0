// The account's menu: keys, the switch for single letters, sign-out.
import { Keyboard, KeyRound, LogOut, Monitor } from "lucide-preact";
import { remove } from "../api/client";
import { session } from "../state/account";
import { letters, setLetters } from "../state/keys";
import { setTheme } from "../state/theme";
import { Menu, MenuItem } from "./Menu";

export function AccountMenu() {
  const who = session.value?.email ?? null;
  const initials = who ? who.slice(0, 2).toUpperCase() : "me";
  const leave = async () => {
    await remove("session");
    location.assign("./sign-in");
  };
  return (
    <Menu label="Account" name={`${initials}, account`} face={<span class="face">{initials}</span>}>
      <p class="menu-head">
        <b class="foreign">{who ?? "The first account"}</b>
        <span class="quiet mono">{session.value?.account}</span>
      </p>
      <MenuItem icon={KeyRound} href="#/keys">
        Keys and account
      </MenuItem>
      <MenuItem icon={Monitor} onPress={() => setTheme("system")}>
        Theme of the system
      </MenuItem>
      <MenuItem icon={Keyboard} onPress={() => setLetters(!letters.value)}>
        {letters.value ? "Turn single letters off" : "Turn single letters on"}
      </MenuItem>
      <MenuItem icon={LogOut} onPress={leave} test="sign-out">
        Sign out
      </MenuItem>
    </Menu>
  );
}
