// What the page's modules hand to one another, as types: for the checker alone, no browser asks for it.

/** One setting of a form. */
export interface Field {
  name: string;
  /** A shorter name for links; empty where it has none. */
  alias: string;
  /** Whether its value is a list. */
  many: boolean;
  /** The values it may have; empty where they are not few. */
  choices: unknown[];
  /** Elements of its task that stand under it. */
  below: string[];
  widget: string;
  /** Key of its label in the tables of words. */
  label: string;
  default: unknown;
  /** Whether it stands in the open; others are folded away. */
  open: boolean;
  /** Whether it holds words of the request. */
  words: boolean;
  /** Whether a text that was made may go on into it. */
  sets_text: boolean;
  /** Whether a text in it becomes a voice. */
  reads_aloud?: boolean;
  max_length: number | null;
  /** What a file may be: kinds such as "picture", or media types; empty for anything, and for what is no file. */
  takes: string[];
  /** The same as a file dialog wants it. */
  accept: string;
  /** What its widget must know where that is drawn here, in Learn. */
  minimum?: number | null;
  maximum?: number | null;
  step?: number | "any";
  lines?: number;
}

export interface Model {
  id: string;
  name: string;
  license: string;
  memory_gb: number;
  download_mb: number;
  languages: string[];
  tier: string;
  card: string | null;
  defaults: Values;
  /** Names of the settings that it takes. */
  takes: string[];
  /** Abilities that its task's own scripts know of. */
  traits: string[];
  /** The setting that takes the beginning of a result, to be gone on with; null where there is none. */
  continues: string | null;
  /** Whether it is for tests: it works together with its like only. */
  debug: boolean;
  knows: boolean;
  installed: boolean;
  /** Whether it borrows the GPU of a ZeroGPU Space; null where none is lent. */
  gpu: boolean | null;
  translates: boolean;
  /** Whether one can look inside what it makes. */
  explains: boolean;
  /** Whether the visitor trained it. */
  mine?: boolean;
  /** Its family of parameters, by name. */
  family?: string;
  /** By language, why it can't run here; null where it can. */
  unfit: Record<string, string> | null;
}

export interface Example {
  language: string;
  /** What its result would be called, where its task says so. */
  title: string;
  values: Values;
  /** Models that take such settings, but not these. */
  refused_by?: string[];
}

export interface Task {
  id: string;
  /** Key of its name in the tables of words. */
  tab: string;
  produces: string;
  /** Its own modules, below the page's. */
  scripts: string[];
  enriches: boolean;
  fields: Field[];
  models: Model[];
  presets: { id: string; values: Values }[];
  examples: Example[];
  showcase: Record<string, Item | null>;
  /** Whether it stands in Learn. */
  lesson: boolean;
  /** The task that the models which it makes serve; null where it makes none. */
  trains_for: string[];
  /** What the models are like that visitors trained for it, by kind. */
  trained: Model[];
}

/** A page of Learn. */
export interface Lesson {
  id: string;
  group: string;
  task: string | null;
  values: Values;
  experiments: { id: string; values: Values }[];
  exercises: string[];
  sweep: { learning_rates: number[]; widths: number[]; steps: number } | null;
  code: { name: string; source: string }[];
  element: string | null;
  scripts: string[];
}

/** How a training stands; its points have a "step" and values by name. */
export interface Training {
  step: number;
  total: number | null;
  seconds: number;
  learning_rate: number;
  losses: Record<string, number>;
  metrics: Record<string, number>;
  points: Record<string, number>[];
  notes: string[];
  patience?: [number, number];
  samples?: Output;
}

/** Values of settings by name, "model" and "seed" among them in a form. */
export type Values = Record<string, any>;

/** What the server is asked to make. */
export interface Request {
  task: string;
  model: string;
  params: Values;
  seed?: number;
  parent?: string;
}

export interface Output {
  kind: string;
  name?: string;
  text?: string;
  url?: string;
  media_type?: string;
  meta?: Record<string, any>;
}

export type Status = "sending" | "refused" | "queued" | "loading" | "running" | "done" | "failed" | "cancelled";

/** A job and what became of it, as the server tells it; ``id`` is null until it has been accepted. */
export interface Item {
  id: string | null;
  task: string;
  model: string;
  status: Status;
  params: Values;
  created?: string;
  title?: string;
  seed?: number | null;
  seconds?: number | null;
  load_seconds?: number | null;
  starred?: boolean;
  outputs?: Output[];
  error?: { message: string; reference?: string; instead?: string } | null;
  place?: number;
  eta_seconds?: number | null;
  progress?: { done: number; total: number; eta_seconds?: number | null };
  loading?: { done_bytes?: number; total_bytes?: number };
  /** Why the server did not take it. */
  message?: string;
  reference?: string;
  /** A finished example of ours. */
  showcase?: boolean;
  /** A training that was laid aside. */
  paused?: boolean;
  /** It is not on the server any more. */
  gone?: boolean;
  /** It was painted while the visitor moved a slider. */
  live?: boolean;
}

/** One part of an explanation; its kind says what is in its data. */
export interface InsideSection {
  kind: string;
  data: Record<string, any>;
  remarks: { key: string; values: Record<string, any> }[];
}

/** A part of an explanation in words. */
export interface InsideWords {
  title: string;
  sentences: string[];
  head: string[];
  rows: string[][];
}

/** What was seen inside an item. */
export interface Explanation {
  version: number;
  sections: InsideSection[];
  words: InsideWords[];
}

/** A group of items, with its link where it has one. */
export interface Project {
  id: string;
  name: string;
  count: number;
  items: Item[];
  link: { token: string; url: string; expires: string | null; show_prompt: boolean } | null;
}

/** A link of the visitor's; with the item that it opens where several are listed. */
export interface Link {
  token: string;
  url: string;
  expires: string | null;
  show_prompt: boolean;
  caption: string;
  created: string;
  opened: number;
  embed: string;
  item?: string;
  task?: string;
  title?: string;
  ended?: boolean;
}

/** What fills a form anew. */
export type Reusable = Pick<Item, "task" | "model" | "params"> & { seed?: number | null };

/** What a settings link asks for, as the server found it valid. */
export interface Setup {
  task: string;
  model: string;
  values: Values;
  locked: string[];
  hidden: string[];
  refused: { name: string; message: string }[];
}

/** One thing of a request: what it is called, how likely it is, what asks for it. */
export interface Term {
  words?: string;
  names?: Record<string, string>;
  key?: string;
  values?: Record<string, any>;
  setting?: string;
  value?: any;
  share?: number | null;
  sets?: Values;
  /** In how many results it is. */
  count?: number;
}

/** A way on that takes one press. */
export interface Step {
  key: string;
  values?: Record<string, any>;
  sets?: Values;
  task?: string;
  model?: string;
}

export interface Remark {
  key: string;
  values?: Record<string, any>;
  steps?: Step[];
}

/** What was understood of a request, or what was made of it. */
export interface Reading {
  kept?: Term[];
  left_out?: Term[];
  unknown?: Term[];
  also?: Term[];
  remarks?: Remark[];
  sure?: boolean;
}

/** How a task draws its own items. */
export interface Views {
  draw(item: Item, partial: Output | null, shown: Element[]): Node[] | null;
  save?(item: Item): void;
}

/** A piece of Markdown as marked tells it. */
export type Token = Record<string, any> & { type: string; raw: string };
export type Lexer = (text: string, options: { gfm: boolean; breaks: boolean }) => Token[];

declare global {
  interface Window {
    /** Set up by boot.js. */
    aigc: {
      language: "en" | "zh";
      setLanguage(next: string): void;
      readonly dark: boolean;
      setTheme(next: string): void;
    };
    gradio_config?: { i18n_translations?: Record<string, Record<string, string>> };
    webkitAudioContext?: typeof AudioContext;
  }
}
