// The one bucket of the lab's store. Its user may use it and nothing else.
export const bucket = 'elk-offsite'
