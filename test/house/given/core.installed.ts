export const archive = 'cifar-10-binary.tar.gz';
