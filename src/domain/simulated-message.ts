import { z } from 'zod';

const digits = /^\d{7,15}$/;
const person = /^\d{5,20}(@c\.us|@lid)?$/;
const group = /^[\d-]{5,40}@g\.us$/;

const mediaSchema = z.strictObject({
  mimetype: z.string().regex(/^[\w.+-]+\/[\w.+-]+(;.*)?$/),
  /** Base64. Without it, as many bytes as `size` says. */
  data: z.base64().optional(),
  size: z.int().min(0).max(268_435_456).optional(),
  filename: z.string().min(1).max(255).optional(),
  /** `expired`: WhatsApp has it no more. `reuploading`: the phone has to send it again. */
  state: z.enum(['there', 'expired', 'reuploading']).optional(),
});

/** A message that somebody sends to the phone of a simulated session. */
export const simulatedMessageSchema = z
  .strictObject({
    event: z.literal('message'),
    /** A number, a LID (`…@lid`), or a group (`…@g.us`), which needs an `author`. */
    from: z
      .string()
      .refine(
        (text) => digits.test(text) || person.test(text) || group.test(text),
        'must be a number or a WhatsApp id',
      ),
    text: z.string().max(65_536),
    media: mediaSchema.optional(),
    author: z.string().regex(person).optional(),
    /** Of who writes, where the number is known as well. */
    lid: z
      .string()
      .regex(/^\d{5,20}(@lid)?$/)
      .optional(),
    /** It waits at WhatsApp until the session connects anew. */
    backlog: z.boolean().optional(),
    /** The page tells it twice. */
    duplicate: z.boolean().optional(),
  })
  .refine(({ from, author }) => !from.endsWith('@g.us') || author !== undefined, {
    path: ['author'],
    message: 'is needed where a group is named',
  })
  .refine(({ text, media }) => text !== '' || media !== undefined, {
    path: ['text'],
    message: 'must not be empty where there is no media',
  });
export type SimulatedMessage = z.infer<typeof simulatedMessageSchema>;
