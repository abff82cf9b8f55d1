export const show = (event: { readonly tag: string }): void => {
  console.log(event.tag);
};
