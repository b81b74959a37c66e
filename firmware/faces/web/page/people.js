// People: who may come in, programs with a token, and one's own password.

import { ask } from "/page/door.js";
import { button, card, field, form, input, make, select, table } from "/page/kit.js";
import { say } from "/page/words.js";

const ROLES = ["owner", "installer", "guest", "read-only"];
const SECRET = { type: "password", required: true, minlength: 10, maxlength: 128, autocomplete: "new-password" };
const NAME = { required: true, maxlength: 32, autocapitalize: "none", spellcheck: "false", autocomplete: "off" };

function roles(all) {
  return all.map((role) => [role, say(`role.${role}`)]);
}

function own(act) {
  const fields = [
    field(say("password.old"), input("old", { ...SECRET, minlength: 1, autocomplete: "current-password" })),
    field(say("password.new"), input("new", SECRET)),
  ];
  return card(say("own-password"), form(fields, say("change"), async (told, made) => {
    if (await act(() => ask("POST", "/password", told), "done")) made.reset();
  }, { class: "stack" }));
}

export async function open({ act, may, who }) {
  if (!may("access")) return { root: [own(act)], begin: () => {} };
  const people = make("div"), programs = make("div"), secret = make("p", { role: "status" });
  const sure = (name) => confirm(say("sure", { name }));

  function show(told) {
    if (!told) return;
    people.replaceChildren(table(say("people"), [say("name"), say("role"), ""], told.users.map((one) => [
      one.name, say(`role.${one.role}`),
      one.name === who.name ? "" : button(say("remove"), () => sure(one.name) && drop(`/users/${encodeURIComponent(one.name)}`), { "aria-label": `${say("remove")}: ${one.name}` }),
    ])));
    programs.replaceChildren(told.tokens.length ? table(say("programs"), [say("name"), say("role"), ""], told.tokens.map((one) => [
      one.name, say(`role.${one.role}`),
      button(say("remove"), () => sure(one.name) && drop(`/tokens/${encodeURIComponent(one.name)}`), { "aria-label": `${say("remove")}: ${one.name}` }),
    ])) : make("p", {}, say("no-programs")));
  }
  const drop = async (path) => show(await act(() => ask("DELETE", path), "done"));

  const addPerson = form([
    field(say("name"), input("name", NAME)),
    field(say("role"), select("role", roles(ROLES), "guest")),
    field(say("password.new"), input("password", SECRET)),
  ], say("add"), async (told, made) => {
    const answer = await act(() => ask("POST", "/users", told), "done");
    if (answer) { show(answer); made.reset(); }
  }, { class: "stack" });
  const addProgram = form([
    field(say("name"), input("name", NAME)),
    field(say("role"), select("role", roles([...ROLES, "prices"]), "read-only")),
  ], say("make-token"), async (told, made) => {
    const answer = await act(() => ask("POST", "/tokens", told), "done");
    if (!answer) return;
    show(answer);
    made.reset();
    secret.replaceChildren(say("token-once"), " ", make("code", {}, answer.token));
  }, { class: "stack" });
  const root = [
    card(say("people"), people, make("details", {}, make("summary", {}, say("add-person")), addPerson)),
    card(say("programs"), make("p", { class: "dim" }, say("programs.help")), programs, secret, make("details", {}, make("summary", {}, say("add-program")), addProgram)),
    own(act),
  ];
  return { root, begin: async () => show(await act(() => ask("GET", "/users"))) };
}
