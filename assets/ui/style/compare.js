// Before and after in the result area of the style tab, and more steps of what can be gone on with.
import { compareSlider } from "../compare-slider.js";
import { find, h } from "../dom.js";
import { send } from "../requests.js";
import { displayed, model, takes } from "../state.js";
import { t } from "../words.js";
import { photoAddress, rememberUploads } from "./photo.js";

/** Lays the photo over the painting in the result area, uncovered by a slider; offers more steps. */
export class Compare {
  constructor(taskId) {
    this.taskId = taskId;
    this.share = 0;
    this.forget = rememberUploads(taskId);
    this.watcher = new MutationObserver(() => this.draw());
    const start = () => {
      const stage = find(`studio-job[data-task="${CSS.escape(taskId)}"] .job-stage`);
      if (stage) {
        this.watcher.observe(stage, { childList: true });
        this.draw();
      } else setTimeout(start, 200);
    };
    start();
  }

  stop() {
    this.watcher.disconnect();
    this.forget();
  }

  before(item) {
    const { content, photo } = item.params ?? {};
    return content ? photoAddress(content) : new URL(`./photos/${photo ?? "pagoda"}.webp`, import.meta.url).href;
  }

  draw() {
    const stage = find(`studio-job[data-task="${CSS.escape(this.taskId)}"] .job-stage`);
    const item = displayed(this.taskId);
    const made = stage ? find(".made-image", stage) : null;
    if (!item?.id || !made || made.dataset.dressed === item.status || item.params?.style === "all") return;
    made.dataset.dressed = item.status; // what is put in here wakes the watcher again
    if (item.status === "done") {
      made.classList.add("compared");
      made.append(
        ...compareSlider(this.before(item), t("style.gallery.before"), {
          share: this.share,
          moved: (share) => {
            this.share = share;
          },
        }),
      );
    }
    if (takes(model(item.task, item.model), "start") && ["done", "cancelled"].includes(item.status))
      made.after(this.more(item));
  }

  more(item) {
    const output = item.outputs.find((one) => one.kind === "image");
    const act = () =>
      send({
        task: item.task,
        model: item.model,
        seed: item.seed,
        parent: item.id,
        params: { ...item.params, start: `${item.id}/${output.name}`, steps: 50 },
      });
    return h("p.gallery-more", {}, h("button.chip", { type: "button", text: t("style.gallery.more"), onclick: act }));
  }
}
