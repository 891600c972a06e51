/**
 * Events, models and collections as WhatsApp Web's own modules have them: `change:name`, `add`, `remove`, passed on to
 * the collection.
 */
export class Emitter {
  #handlers = new Map();

  on(names, handler) {
    for (const name of names.split(' ')) this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
    return this;
  }

  once(names, handler) {
    const wrapped = (...args) => {
      this.off(names, wrapped);
      handler(...args);
    };
    return this.on(names, wrapped);
  }

  off(names, handler) {
    for (const name of names.split(' ')) {
      this.#handlers.set(
        name,
        (this.#handlers.get(name) ?? []).filter((known) => known !== handler),
      );
    }
    return this;
  }

  listens(name) {
    return (this.#handlers.get(name) ?? []).length > 0;
  }

  trigger(name, ...args) {
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        handler(...args);
      } catch (error) {
        console.error(error);
      }
    }
  }
}

export class Model extends Emitter {
  #collections = new Set();

  constructor(attributes) {
    super();
    Object.assign(this, attributes);
  }

  set(attributes) {
    const changes = Object.entries(attributes).filter(([name, value]) => this[name] !== value);
    for (const [name, value] of changes) {
      const before = this[name];
      this[name] = value;
      this.trigger(`change:${name}`, this, value, before);
    }
    if (changes.length > 0) this.trigger('change', this);
  }

  trigger(name, ...args) {
    super.trigger(name, ...args);
    for (const collection of this.#collections) collection.trigger(name, ...args);
  }

  joined(collection) {
    this.#collections.add(collection);
  }

  left(collection) {
    this.#collections.delete(collection);
  }

  serialize() {
    return { ...this };
  }

  toJSON() {
    return this.serialize();
  }
}

export class Collection extends Emitter {
  #models = new Map();

  static #key(id) {
    return typeof id === 'string' ? id : id?.toString();
  }

  get length() {
    return this.#models.size;
  }

  get(id) {
    return this.#models.get(Collection.#key(id));
  }

  add(model) {
    const key = Collection.#key(model.id);
    const known = this.#models.get(key);
    if (known) return known;
    this.#models.set(key, model);
    model.joined(this);
    this.trigger('add', model);
    return model;
  }

  remove(id) {
    const model = this.get(id);
    if (!model) return;
    this.#models.delete(Collection.#key(id));
    this.trigger('remove', model);
    model.left(this);
  }

  getModelsArray() {
    return [...this.#models.values()];
  }
}
