export const pictures: { readonly [name in 'chain' | 'valley' | 'sweep' | 'metric']: string };
