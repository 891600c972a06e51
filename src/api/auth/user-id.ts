import { userIdSchema } from '../../domain/session.ts';

/** A lone surrogate has no UTF-8 form, so it could be kept nowhere (`String.prototype.isWellFormed` in ES2024). */
export const acceptedUserId = userIdSchema.refine((id) => !/\p{Surrogate}/u.test(id), 'must be well-formed Unicode');
