// Projects: into which a selection is put, and the sheet of one: its name, its items, its link for anyone with a code.
// Knows routes; the history gives the items.
import * as api from "./api.js";
import { find, h, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { daysField, daysOf } from "./link-days.js";
import { copyText, thumbnail, titleOf } from "./output.js";
import { emit, store, stored } from "./state.js";
import { complain, toast } from "./toast.js";
import { moment, t } from "./words.js";

/** @import { Project } from "./types.js" */

/** Runs what may be refused; the refusal is shown where the visitor looks. */
const run = (act) => () => Promise.resolve(act()).catch(complain);

function sheet(title, ...children) {
  const node = h(
    "dialog.sheet.project-sheet",
    { "aria-label": title },
    h(
      "div.sheet-head",
      {},
      h("h2", { text: title, dir: "auto" }),
      h(
        "button.icon-button",
        { type: "button", "aria-label": t("ui.close"), onclick: () => node.close() },
        icon("close"),
      ),
    ),
    ...children,
  );
  node.addEventListener("close", () => node.remove());
  node.addEventListener("click", (event) => event.target === node && node.close());
  document.body.append(node);
  node.showModal();
  return node;
}

/** Asks into which project these items shall go: one that there is, or a new one. */
export async function addToProject(ids) {
  const { items } = await api.projects();
  const name = h("input.search", {
    type: "text",
    required: true,
    maxlength: 200,
    placeholder: t("ui.project.name"),
    "aria-label": t("ui.project.name"),
  });
  const done = (project) => {
    node.close();
    emit("projects");
    const open = { label: t("ui.project.open"), act: run(() => openProject(project.id)) };
    toast(t("ui.project.added", { name: project.name }), open);
  };
  const form = h(
    "form.project-new",
    {
      onsubmit: (event) => {
        event.preventDefault();
        run(async () => done(await filled(await api.makeProject(name.value, ids.slice(0, MOST)), ids.slice(MOST))))();
      },
    },
    name,
    h("button.chip.primary", { type: "submit" }, t("ui.project.make")),
  );
  const node = sheet(
    t("ui.project.add"),
    h(
      "ul.project-choices",
      {},
      items.map((project) =>
        h(
          "li",
          {},
          h(
            "button.project-choice",
            { type: "button", onclick: run(async () => done(await filled(project, ids))) },
            icon("folder"),
            h("b", { text: project.name, dir: "auto" }),
            h("span", { text: t("ui.project.count", { n: project.count }) }),
          ),
        ),
      ),
    ),
    h("h3", { text: t("ui.project.new") }),
    form,
  );
  (find(".project-choice", node) ?? name).focus();
}

const MOST = 500;

/** The project with these items too. */
async function filled(project, ids) {
  return ids.length ? await api.changeProject(project.id, { add: ids.slice(0, MOST) }) : project;
}

/** The sheet of one project. */
export async function openProject(id) {
  let project = /** @type {Project} */ (await api.project(id));
  const name = h("input.search", {
    type: "text",
    maxlength: 200,
    "aria-label": t("ui.project.name"),
    value: project.name,
  });
  const list = h("ul.project-items");
  const words = h("input", { type: "checkbox", checked: project.link?.show_prompt ?? stored("share.words", false) });
  const address = h("input.search", { type: "text", readonly: true, "aria-label": t("ui.project.link") });
  address.addEventListener("focus", () => address.select());
  const code = h("img.setup-qr", { alt: t("ui.setup.qr"), width: 200, height: 200 });
  const said = h("p.share-said", { role: "status", "aria-live": "polite" });
  const chip = (sign, key, act, more = "") =>
    h(
      /** @type {"button"} */ (`button.chip${more}`),
      { type: "button", "data-project": key, onclick: run(act) },
      icon(sign),
      t(key),
    );

  const share = async (values) => {
    project = await api.shareProject(id, values);
    await draw();
  };
  const chosen = () => ({ show_prompt: words.checked, days: daysOf(days) });
  const changed = (values) => project.link && run(() => share(values))();
  const [daysLabel, days] = daysField("project-days", () => changed(chosen()));
  words.addEventListener("change", () => {
    store("share.words", words.checked);
    changed({ show_prompt: words.checked });
  });
  const make = chip("share", "ui.project.link.make", () => share(chosen()), ".primary");
  const copy = chip("copy", "ui.action.copy", async () => {
    await copyText(address.value, node);
    say(said, t("ui.setup.copied"));
  });
  const end = chip("close", "ui.project.link.end", async () => {
    await api.unshareProject(id);
    project = { ...project, link: null };
    await draw();
    say(said, t("ui.project.link.ended"));
  });
  const until = h("p.share-opened");
  const linked = h(
    "div.project-linked",
    {},
    code,
    h("div.share-link", {}, address, h("div.share-actions", {}, copy, end), until),
  );

  const rename = async () => {
    if (!name.value.trim() || name.value === project.name) return;
    project = await api.changeProject(id, { name: name.value });
    emit("projects");
  };
  name.addEventListener("change", run(rename));

  async function draw() {
    list.replaceChildren(...project.items.map((item) => row(item)));
    show(list, project.items.length > 0);
    show(empty, project.items.length === 0);
    show(make, !project.link);
    show(linked, !!project.link);
    address.value = project.link?.url ?? "";
    const expires = project.link?.expires;
    say(until, expires ? t("ui.share.until", { time: moment(expires) }) : "");
    if (project.link) code.src = await api.projectCode(id);
    emit("projects");
  }

  const row = (item) =>
    h(
      "li.project-item",
      {},
      thumbnail(item),
      h("span", { text: titleOf(item), dir: "auto" }),
      h(
        "button.icon-button",
        {
          type: "button",
          "aria-label": t("ui.project.remove", { name: titleOf(item) }),
          title: t("ui.project.remove", { name: titleOf(item) }),
          onclick: run(async () => {
            project = await api.changeProject(id, { remove: [item.id] });
            await draw();
          }),
        },
        icon("close"),
      ),
    );

  const empty = h("p.setup-about", { text: t("ui.project.empty") });
  const node = sheet(
    project.name,
    name,
    list,
    empty,
    h("h3", { text: t("ui.project.link") }),
    h("p.setup-about", { text: t("ui.project.link.about") }),
    h("label.switch", {}, words, h("span", { text: t("ui.project.prompts") })),
    h("div.share-fields", {}, daysLabel, days),
    h("div.share-actions", {}, make),
    linked,
    said,
    h(
      "p.project-end",
      {},
      chip("trash", "ui.project.delete", () => remove(project, node)),
    ),
  );
  await draw();
}

/** Takes the project away at once, and offers to make it again; its link is not brought back. */
async function remove(project, node) {
  await api.removeProject(project.id);
  node.close();
  emit("projects");
  const back = run(async () => {
    await api.makeProject(
      project.name,
      project.items.map((item) => item.id),
    );
    emit("projects");
  });
  toast(t("ui.project.deleted", { name: project.name }), { label: t("ui.undo"), act: back });
}
