/**
 * Functions that fail in two ways: their declared result is an `Either` or a `TaskEither`, and they throw a `Fault` too. Read from the
 * text: `fail`, `orThrow` or `throw` outside of whatever catches (`attempt`, `explaining`, a `try`) and outside of other functions that
 * the function makes, which say for themselves what they do.
 */
import * as ts from 'typescript';

export interface TwoWays {
  readonly name: string;
  readonly line: number;
  readonly throws: string;
}

const THROWING = ['fail', 'orThrow'];
const RETURNS = /^(E\.)?Either<|^(TE\.)?TaskEither<|^Promise<(E\.)?Either</;

const isFunction = (node: ts.Node): node is ts.ArrowFunction | ts.FunctionDeclaration =>
  ts.isArrowFunction(node) || ts.isFunctionDeclaration(node);

/** How a function throws by itself; nothing where it does not. */
const throwsIn = (node: ts.Node): string | undefined => {
  if (isFunction(node)) return undefined;
  if (ts.isTryStatement(node))
    return node.catchClause === undefined ? throwsIn(node.tryBlock) : throwsIn(node.catchClause.block);
  if (ts.isThrowStatement(node)) {
    // What was caught and is no failure of ours goes on: a defect.
    return ts.isIdentifier(node.expression) ? undefined : node.getText();
  }
  if (
    ts.isCallExpression(node) &&
    ts.isIdentifier(node.expression) &&
    THROWING.includes(node.expression.text)
  )
    return node.getText();
  return ts.forEachChild(node, throwsIn);
};

export const twoWaysIn = (file: string, text: string): readonly TwoWays[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: TwoWays[] = [];
  const look = (node: ts.Node, name: string): void => {
    const own =
      ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node)
        ? (node.name?.getText() ?? name)
        : name;
    if (isFunction(node) && node.body !== undefined && RETURNS.test(node.type?.getText() ?? '')) {
      // A function that the declared result stands on may be the task itself: `(): TE.TaskEither<…> => async () => …`.
      const body = isFunction(node.body) ? node.body.body : node.body;
      const throws = throwsIn(body);
      if (throws !== undefined)
        found.push({
          name: own,
          line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
          throws,
        });
    }
    ts.forEachChild(node, (child) => {
      look(child, own);
    });
  };
  look(source, '');
  return found;
};
