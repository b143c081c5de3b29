// Tabs after the WAI-ARIA pattern: arrow keys move between them, only the chosen one is in the tab order.

import { h, uid } from './dom.js';

export class Tabs {
  /** @type {{ key: string, tab: HTMLButtonElement, panel: HTMLElement }[]} */
  #items;
  #onSelect;

  /** @param {{ key: string, label: string, content: Node }[]} items @param {(key: string) => void} onSelect */
  constructor(items, onSelect) {
    this.#onSelect = onSelect;
    this.#items = items.map(({ key, label, content }) => {
      const [tabId, panelId] = [uid('tab'), uid('panel')];
      return {
        key,
        tab: h('button', { type: 'button', class: 'tab', role: 'tab', id: tabId, 'aria-controls': panelId, text: label, on: { click: () => this.select(key) } }),
        panel: h('div', { class: 'panel', role: 'tabpanel', id: panelId, 'aria-labelledby': tabId }, content),
      };
    });
    const list = h('div', { class: 'tabs', role: 'tablist' }, ...this.#items.map(({ tab }) => tab));
    list.addEventListener('keydown', (event) => {
      const forwards = list.matches(':dir(rtl)') ? -1 : 1;
      const step = { ArrowRight: forwards, ArrowLeft: -forwards }[event.key];
      if (!step) return;
      const offered = this.#items.filter(({ tab }) => !tab.hidden);
      const at = offered.findIndex(({ tab }) => tab.getAttribute('aria-selected') === 'true');
      const next = offered[(at + step + offered.length) % offered.length];
      event.preventDefault();
      this.select(next.key);
      next.tab.focus();
    });
    this.element = h('div', { class: 'tabbed' }, list, ...this.#items.map(({ panel }) => panel));
    this.#show(items[0].key);
  }

  /** Puts a tab there or takes it away. @param {string} key @param {boolean} offered */
  offer(key, offered) {
    const item = this.#items.find((one) => one.key === key);
    if (!item || item.tab.hidden === !offered) return;
    item.tab.hidden = !offered;
    if (offered || item.panel.hidden) return;
    const [first] = this.#items.filter(({ tab }) => !tab.hidden);
    if (first) this.select(first.key);
  }

  /** @param {string} key */
  select(key) {
    this.#show(key);
    this.#onSelect(key);
  }

  /** @param {string} key */
  #show(key) {
    for (const item of this.#items) {
      const chosen = item.key === key;
      item.tab.setAttribute('aria-selected', String(chosen));
      item.tab.tabIndex = chosen ? 0 : -1;
      item.panel.hidden = !chosen;
    }
  }
}
