/**
 * Mutants: small wrong changes of the source, each at a site drawn at random by a seed. What does not type-check is no
 * mutant. Types, imports and messages are left alone.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const operators = {
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
};

/** Functions in pairs, and those of which the argument may stand for the result. */
const pairs = [
  ['add', 'sub'],
  ['mul', 'div'],
  ['min', 'max'],
  ['minimum', 'maximum'],
  ['greater', 'greaterEqual'],
  ['greater', 'less'],
  ['less', 'lessEqual'],
  ['logicalAnd', 'logicalOr'],
  ['some', 'every'],
  ['floor', 'ceil'],
  ['zerosLike', 'onesLike'],
  ['zeros', 'ones'],
];
const wrappers = ['neg', 'sqrt', 'square', 'abs', 'reverse', 'filter', 'slice', 'reciprocal', 'transpose'];
const commutative = [
  ...['add', 'mul', 'min', 'max', 'minimum', 'maximum', 'logicalAnd', 'logicalOr', 'dot'],
  ...['equal', 'sameShape', 'innerProduct'],
];
/** Of their two arguments either may be left out. */
const sums = ['add', 'sub', 'mul', 'div', 'logicalAnd'];

const numbersBeside = (n) =>
  (Number.isInteger(n) ? [n + 1, n - 1] : [10 * n, n / 10, 0]).map((v) => (v < 0 ? `(${v})` : `${v}`));

/** Where an element of a list is, with the comma that goes with it. */
const elementAt = (list, i) => {
  const [before, own, after] = [list[i - 1], list[i], list[i + 1]];
  if (after !== undefined) return [own.getStart(), after.getStart()];
  return [before?.getEnd() ?? own.getStart(), own.getEnd()];
};

/** Replacements at a node: [from, to, texts]. */
const replacements = (node, checker) => {
  const found = [];
  const at = (target, ...texts) =>
    found.push([target.getStart(), target.getEnd(), texts.filter((t) => t !== target.getText())]);
  const without = (list, from = 0) =>
    list.forEach((_, i) => (i < from ? undefined : found.push([...elementAt(list, i), ['']])));
  const condition = (c) => at(c, `!(${c.getText()})`, 'true', 'false');
  if (ts.isBinaryExpression(node)) {
    const { left, right, operatorToken } = node;
    const sign = operatorToken.getText();
    if (operators[sign] !== undefined) at(operatorToken, ...operators[sign]);
    if (['+', '-', '*', '&&', '||', '??'].includes(sign)) at(node, left.getText(), right.getText());
  }
  if (ts.isNumericLiteral(node)) at(node, ...numbersBeside(Number(node.text.replaceAll('_', ''))));
  if (node.kind === ts.SyntaxKind.TrueKeyword) at(node, 'false');
  if (node.kind === ts.SyntaxKind.FalseKeyword) at(node, 'true');
  if (ts.isPrefixUnaryExpression(node) && !ts.isNumericLiteral(node.operand))
    at(node, node.operand.getText());
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) condition(node.expression);
  if (ts.isConditionalExpression(node)) condition(node.condition);
  if (ts.isExpressionStatement(node) || ts.isIfStatement(node)) at(node, ';');
  if (ts.isArrayLiteralExpression(node)) without(node.elements);
  if (ts.isObjectLiteralExpression(node)) without(node.properties);
  if (ts.isStringLiteral(node)) {
    const type = checker.getContextualType(node);
    const others = type?.isUnion() === true ? type.types.filter((t) => t.isStringLiteral()) : [];
    at(node, ...others.map((t) => `'${t.value}'`));
  }
  if (ts.isCallExpression(node)) {
    const { expression, arguments: args } = node;
    const callee = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
    const name = callee.getText();
    for (const pair of pairs) if (pair.includes(name)) at(callee, ...pair);
    if (sums.includes(name) && args.length === 2) at(node, args[0].getText(), args[1].getText());
    if (wrappers.includes(name)) {
      const inner =
        callee === expression || expression.expression.getText() === 'Math' ? args[0] : expression.expression;
      if (inner !== undefined) at(node, inner.getText());
    }
    without(args, Math.max(1, args.length - 1));
    if (!commutative.includes(name))
      args.slice(0, -1).forEach((arg, i) => {
        const [from, to] = [arg.getStart(), args[i + 1].getEnd()];
        found.push([from, to, [`${args[i + 1].getText()}, ${arg.getText()}`]]);
      });
  }
  return found;
};

const sitesOf = (source, checker) => {
  const sites = [];
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isCallExpression(node) && node.expression.getText() === 'fail') return;
    for (const [start, end, texts] of replacements(node, checker))
      if (texts.length > 0) sites.push({ source, start, end, texts });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sites;
};

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
const randomBy = (seed) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

const oneLine = (text) => text.replaceAll(/\s+/g, ' ');

/** Numbers that a command measures and writes: they decide which route is faster, and no result. */
const measured = ['src/solver/rates.ts'];

/** `sample` mutants of the TypeScript below these folders, drawn by the seed. */
export const draw = (folders, sample, seed) => {
  const files = folders
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.ts') && !measured.includes(file))
    .sort();
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
  const lenient = { ...options, noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(lenient, true);
  const program = ts.createProgram(files, lenient, host);
  const checker = program.getTypeChecker();
  const sites = files.flatMap((file) => sitesOf(program.getSourceFile(file), checker));

  /** Whether the file compiles with this text. */
  const compiles = (file, text) => {
    const changed = {
      ...host,
      getSourceFile: (name, version) =>
        name === file
          ? ts.createSourceFile(name, text, version, true)
          : (program.getSourceFile(name) ?? host.getSourceFile(name, version)),
    };
    const next = ts.createProgram(files, lenient, changed, program);
    const source = next.getSourceFile(file);
    return next.getSyntacticDiagnostics(source).length + next.getSemanticDiagnostics(source).length === 0;
  };

  const random = randomBy(seed);
  const mutants = [];
  while (mutants.length < sample && sites.length > 0) {
    const [{ source, start, end, texts }] = sites.splice(Math.floor(random() * sites.length), 1);
    const replaced = texts[Math.floor(random() * texts.length)];
    const { text, fileName } = source;
    const mutated = text.slice(0, start) + replaced + text.slice(end);
    if (mutated === text || !compiles(fileName, mutated)) continue;
    const { line } = source.getLineAndCharacterOfPosition(start);
    mutants.push({
      file: relative('.', fileName),
      line: line + 1,
      code: text.split('\n')[line].trim(),
      before: oneLine(text.slice(start, end)),
      after: oneLine(replaced),
      text: mutated,
    });
  }
  return { sites: sites.length, mutants };
};
